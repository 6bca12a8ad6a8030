import { copyFileSync } from 'fs';
import * as path from 'path';
import { claim } from './claims';
import { folderOf, mavenRun, python } from './languages';
import { attempt, run } from './places';

/** Each case of `wrong_props.py`, and what its error must say. */
const PYTHON: [what: string, code: string, said: RegExp][] = [
  ['a number for a name', 'LandingZone(stack, "Z", zone_name=5)', /TypeError: type of argument zone_name must be .*str.*; got int/],
  ['a text for a duration, in a nested struct', 'LandingZone(stack, "Z", connectivity=LifecycleConnectivityTableOptions(history_retention="30 days"))', /TypeError: type of argument history_retention must be .*Duration/],
  ['a text for a list', 'ThingPolicy(stack, "Z", telemetry_topics="data")', /Key 'telemetryTopics': Unable to deserialize value as array<string>/],
  ['a dict with a wrong key', 'LandingZone(stack, "Z", telemetry={"bufferingInterval": 5})', /bufferingInterval/],
  ['a prop that does not exist', 'LandingZone(stack, "Z", zonename="plant")', /unexpected keyword argument 'zonename'/],
  ['a required prop that is missing', 'SiteWiseMeasurement(unit="C")', /missing 1 required keyword-only argument: 'name'/],
  ['a value that the library refuses', 'LandingZone(stack, "Z", zone_name="my zone")', /'zoneName' must be .* got "my zone"/],
  ['a value that the library refuses, in a part', 'LandingZone(stack, "Z", errors=RuleErrorQueueOptions(retention_period=Duration.seconds(5)))', /'retentionPeriod' must be/],
];

const PRELUDE = [
  'from aws_cdk import App, CfnParameter, Duration, Fn, Stack', 'from cdk_iot_landing_zone import *', 'stack = Stack(App(), "S")',
].join('\n');

export function checkPythonErrors(): void {
  const tell = (code: string) => attempt(folderOf('python'), python, ['-c', `${PRELUDE}\n${code}`], { CDK_VALIDATION: 'false' });
  for (const [what, code, said] of PYTHON) {
    claim(`${what} fails with an error that names the prop`, () => {
      const { status, stderr } = tell(code);
      if (status === 0 || !said.test(stderr)) throw new Error(`expected ${said}, got (${status})\n${stderr.slice(-1_500)}`);
    });
  }
  claim('a token is taken wherever a name is', () => {
    const { status, stderr } = tell([
      'name = CfnParameter(stack, "Name").value_as_string',
      'LandingZone(stack, "Z", zone_name=name)',
      'ThingPolicy(stack, "P", policy_name=Fn.import_value("policy"), role_alias=name)',
      'Stack.of(stack).node.root.synth()',
    ].join('\n'));
    if (status !== 0) throw new Error(stderr.slice(-2_000));
  });
}

/** Lines of the form `<case>: <class of the error>: <message>`, by test/packages/WrongProps.java. */
const JAVA: [what: string, said: RegExp][] = [
  ['a required prop that is missing', /missing: java\.lang\.NullPointerException: name is required/],
  ['a list of the wrong type, past the compiler', /list: .*Key 'telemetryTopics': Unable to deserialize value as array<string>/],
  ['a value that the library refuses', /value: .*'zoneName' must be .* got "my zone"/],
];

export function checkJavaErrors(): void {
  let said = '';
  claim('wrong props from Java run into errors', () => {
    copyFileSync(path.join(__dirname, 'WrongProps.java'), path.join(folderOf('java'), 'src/main/java/plant/WrongProps.java'));
    said = run(folderOf('java'), 'mvn', mavenRun('plant.WrongProps'), { CDK_VALIDATION: 'false' });
  });
  for (const [what, pattern] of JAVA) {
    claim(`${what} fails with an error that names the prop`, () => {
      if (!pattern.test(said)) throw new Error(`expected ${pattern}, got\n${said}`);
    });
  }
  claim('a token is taken wherever a name is, from Java', () => {
    if (!said.includes('token: taken')) throw new Error(said);
  });
}
