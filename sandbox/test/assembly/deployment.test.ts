import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { AssemblyStack, readAssembly } from '../../src/assembly/cloud-assembly';
import { deploy } from '../../src/assembly/deployment';
import { ResourceRequest, ResourceType } from '../../src/assembly/resource-type';
import { templateOf } from '../../src/assembly/template';
import { Json } from '../../src/json';

const made: ResourceRequest[] = [];
const queue: ResourceType = {
  create: request => {
    made.push(request);
    const name = typeof request.properties.QueueName === 'string' ? request.properties.QueueName : request.generatedName(80);
    return { ref: `https://queue/${name}`, attributes: { Arn: `arn:aws:sqs:${request.stack.region}:${request.stack.account}:${name}`, QueueName: name } };
  },
};
const options = { types: new Map([['AWS::SQS::Queue', queue]]), account: '111122223333', region: 'eu-west-1' };
const stackOf = (template: object, id = 'Plant', more: Partial<AssemblyStack> = {}): AssemblyStack =>
  ({ id, stackName: id, template: templateOf(template, `${id}.template.json`), assets: [], dependsOn: [], ...more });
const sqs = (Properties: Json = {}, more: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties, ...more });

beforeEach(() => made.splice(0));

test('resources are made after those that they refer to, whatever the order they are written in', async () => {
  await deploy([stackOf({
    Resources: {
      Last: sqs({ QueueName: { 'Fn::Sub': '${Middle.QueueName}-x' } }),
      Middle: sqs({ QueueName: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['First', 'QueueName'] }, '-m']] } }, { DependsOn: ['Other'] }),
      Other: sqs(),
      First: sqs({ QueueName: 'f' }),
    },
  })], options);
  expect(made.map(({ logicalId }) => logicalId)).toEqual(['Other', 'First', 'Middle', 'Last']);
  expect(made[3].properties).toEqual({ QueueName: 'f-m-x' });
});

test('resources that wait for each other are named in their circle', async () => {
  const circle = stackOf({ Resources: { A: sqs({ x: { Ref: 'B' } }), B: sqs({ x: { Ref: 'C' } }), C: sqs({}, { DependsOn: 'A' }) } });
  await expect(deploy([circle], options)).rejects.toThrow('Resources/A: circular dependency: A -> B -> C -> A');
});

test('a type that nobody runs is marked, and so is what hangs on it at whatever distance', async () => {
  const [{ resources, outputs }] = await deploy([stackOf({
    Resources: {
      Group: { Type: 'AWS::Athena::WorkGroup' },
      Near: sqs({ Arn: { 'Fn::GetAtt': ['Group', 'Arn'] } }),
      Far: sqs({ Near: { Ref: 'Near' } }),
      Free: sqs(),
    },
    Outputs: { Name: { Value: { Ref: 'Group' } } },
  })], options);
  expect([...resources.values()].map(({ logicalId, state, hangsOn }) => [logicalId, state, hangsOn])).toEqual([
    ['Group', 'unsupported', []], ['Near', 'running', ['Group']], ['Far', 'running', ['Group']], ['Free', 'running', []],
  ]);
  expect(made.find(({ logicalId }) => logicalId === 'Near')!.properties.Arn).toBe(`arn:aws:athena:eu-west-1:111122223333:${outputs[0].value}`);
});

test('a resource whose condition does not hold is not made, and nothing may refer to it', async () => {
  const conditional = (Value: Json) => stackOf({
    Conditions: { No: { 'Fn::Equals': ['a', 'b'] } },
    Resources: { Maybe: sqs({}, { Condition: 'No' }) },
    Outputs: { Skipped: { Condition: 'No', Value: { Ref: 'Maybe' } }, Chosen: { Value } },
  });
  const [{ outputs, resources }] = await deploy([conditional({ 'Fn::If': ['No', { Ref: 'Maybe' }, 'none'] })], options);
  expect(outputs).toEqual([{ name: 'Chosen', value: 'none', description: undefined, exportName: undefined }]);
  expect(resources.get('Maybe')!.state).toBe('absent');
  await expect(deploy([conditional({ Ref: 'Maybe' })], options)).rejects.toThrow("Outputs/Chosen/Value: there is no resource, parameter or pseudo parameter 'Maybe'");
});

test('what one stack exports another imports', async () => {
  const from = stackOf({ Resources: { Q: sqs({ QueueName: 'q' }) }, Outputs: { Q: { Value: { Ref: 'Q' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Q' } } } } }, 'From');
  const to = stackOf({ Resources: { R: sqs({ QueueName: { 'Fn::ImportValue': 'From:Q' } }) } }, 'To');
  await deploy([from, to], options);
  expect(made[1].properties.QueueName).toBe('https://queue/q');
  await expect(deploy([to], options)).rejects.toThrow("no stack that was deployed before exports 'From:Q'");
});

test('a stack stands in its own account and Region, otherwise in those given', async () => {
  const template = { Resources: { Q: sqs({ Here: { 'Fn::Sub': '${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::URLSuffix}' } }) } };
  await deploy([stackOf(template), stackOf(template, 'China', { region: 'cn-north-1', account: '444455556666' })], options);
  expect(made.map(({ properties }) => properties.Here)).toEqual(['aws eu-west-1 111122223333 amazonaws.com', 'aws-cn cn-north-1 444455556666 amazonaws.com.cn']);
});

test('generated names keep to the limit, differ between stacks and ids, and are the same in the next run', async () => {
  const template = { Resources: { ['L'.repeat(200)]: sqs(), Q: sqs() } };
  const names = async () => {
    made.splice(0);
    await deploy([stackOf(template, 'A'), stackOf(template, 'B'.repeat(120))], options);
    return made.map(request => request.generatedName(36));
  };
  const first = await names();
  expect(new Set(first).size).toBe(4);
  expect(first.every(name => name.length <= 36 && /^[A-Za-z][A-Za-z0-9-]*$/.test(name))).toBe(true);
  expect(await names()).toEqual(first);
});

describe('parameters', () => {
  const template = {
    Parameters: { Size: { Type: 'String', AllowedValues: ['s', 'm'] }, Subnets: { Type: 'CommaDelimitedList', Default: 'a, b' }, Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' } },
    Resources: { Q: sqs({ Size: { Ref: 'Size' }, Subnets: { Ref: 'Subnets' } }) },
  };
  const run = (parameters: { [name: string]: string }) => deploy([stackOf(template)], { ...options, parameters: { Plant: parameters } });

  test('are those given, otherwise the defaults', async () => {
    await run({ Size: 'm', Image: 'i' });
    expect(made[0].properties).toEqual({ Size: 'm', Subnets: ['a', 'b'] });
  });

  test.each<[string, { [name: string]: string }, string]>([
    ['without a value', { Image: 'i' }, "Parameters/Size: has no default: give a value for it (stack 'Plant')"],
    ['with a value that is not allowed', { Size: 'xl', Image: 'i' }, 'Parameters/Size: must be one of s, m, got: xl'],
    ['that is not declared', { Sise: 's' }, "Parameters/Sise: the stack 'Plant' declares no such parameter"],
    ['from SSM', { Size: 's' }, 'Parameters/Image: is read from SSM (/x), which is not modelled'],
  ])('%s are an error', async (_name, parameters, message) => {
    await expect(run(parameters)).rejects.toThrow(message);
  });
});

describe('an assembly', () => {
  const folders: string[] = [];
  const folderWith = (files: { [name: string]: unknown }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'assembly-'));
    folders.push(folder);
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    return folder;
  };
  afterAll(() => folders.forEach(folder => rmSync(folder, { recursive: true })));
  const stack = (dependencies: string[], environment = 'aws://unknown-account/unknown-region') =>
    ({ type: 'aws:cloudformation:stack', environment, properties: { templateFile: 't.json' }, dependencies });

  test('gives its stacks in the order of their dependencies, with their assets by object key', () => {
    const folder = folderWith({
      'manifest.json': { artifacts: { Second: stack(['First', 'Assets']), First: stack([], 'aws://111122223333/eu-west-1'), Assets: { type: 'cdk:asset-manifest', properties: { file: 'a.json' } } } },
      't.json': { Resources: {} },
      'a.json': { files: { h: { source: { path: 'asset.h' }, destinations: { d: { objectKey: 'h.zip' } } } } },
    });
    const stacks = readAssembly(folder);
    expect(stacks.map(({ id, region, account }) => [id, region, account])).toEqual([['First', 'eu-west-1', '111122223333'], ['Second', undefined, undefined]]);
    expect(stacks[1].assets).toEqual([{ objectKey: 'h.zip', path: path.join(folder, 'asset.h') }]);
  });

  test.each<[string, { [name: string]: unknown }, RegExp]>([
    ['an empty folder', {}, /holds no cloud assembly: there is no manifest\.json\. Run 'cdk synth'/],
    ['a manifest that is not JSON', { 'manifest.json': '{' }, /manifest\.json is not JSON/],
    ['a template that is missing', { 'manifest.json': { artifacts: { A: stack([]) } } }, /t\.json cannot be read \(ENOENT\)/],
    ['a template that is an array', { 'manifest.json': { artifacts: { A: stack([]) } }, 't.json': [] }, /a template is a JSON object, this is an array/],
    ['a resource without a type', { 'manifest.json': { artifacts: { A: stack([]) } }, 't.json': { Resources: { X: {} } } }, /Resources\/X: a resource is an object with a Type/],
    ['stacks in a circle', { 'manifest.json': { artifacts: { A: stack(['B']), B: stack(['A']) } }, 't.json': {} }, /The stacks A -> B -> A depend on each other/],
  ])('%s is a clear error', (_name, files, message) => {
    expect(() => readAssembly(folderWith(files))).toThrow(message);
  });
});

describe('what takes time', () => {
  const log: string[] = [];
  const slow: ResourceType = {
    takesTime: true,
    create: async ({ logicalId, properties }) => {
      log.push(`${logicalId} begins`);
      await new Promise(resolve => setTimeout(resolve, properties.fails === 'soon' ? 1 : 50));
      log.push(`${logicalId} ends`);
      if (properties.fails !== undefined) throw new Error(`${logicalId} failed`);
      return { ref: logicalId, attributes: {} };
    },
  };
  const both = { ...options, typeOf: (name: string) => name.startsWith('Custom::') ? slow : undefined };
  const custom = (Properties: Json = {}) => ({ Type: 'Custom::Thing', Properties });
  beforeEach(() => log.splice(0));

  test('is made beside what does not need it, and before what does', async () => {
    const [{ resources }] = await deploy([stackOf({
      Resources: { One: custom(), Free: sqs(), Two: custom(), Needing: sqs({ QueueName: { Ref: 'One' } }) },
    })], both);
    expect(log).toEqual(['One begins', 'Two begins', 'One ends', 'Two ends']);
    expect(made.map(({ logicalId, properties }) => [logicalId, properties.QueueName])).toEqual([['Free', undefined], ['Needing', 'One']]);
    expect([...resources.keys()]).toEqual(['One', 'Free', 'Two', 'Needing']);
  });

  test('fails with the first in the order of the template, when nothing is made any more', async () => {
    const failing = { Late: custom({ fails: 'late' }), Soon: custom({ fails: 'soon' }), Good: custom() };
    await expect(deploy([stackOf({ Resources: failing })], both)).rejects.toThrow('Late failed');
    expect(log.filter(line => line.endsWith('ends'))).toEqual(['Soon ends', 'Late ends', 'Good ends']);
  });

  test('begins nothing more once something has failed', async () => {
    const failing = { Bad: custom({ fails: 'soon' }), Needing: sqs({ x: { Ref: 'Bad' } }), After: sqs() };
    await expect(deploy([stackOf({ Resources: failing })], both)).rejects.toThrow('Bad failed');
    expect(made).toEqual([]);
  });
});
