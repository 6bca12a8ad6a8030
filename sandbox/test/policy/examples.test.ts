import { readFileSync } from 'fs';
import * as path from 'path';
import { admit } from '../../src/policy/broker';
import { Connection, Environment } from '../../src/policy/connection';
import { evaluate } from '../../src/policy/evaluate';
import { PolicyDocument } from '../../src/policy/policy-document';
import { Request } from '../../src/policy/request';

interface Example {
  readonly id: string;
  readonly policies: PolicyDocument[];
  readonly connection: Connection;
  readonly request: Request;
  readonly expect: 'allow' | 'deny';
  readonly brokerExpect?: 'allow' | 'deny';
  readonly note: string;
  readonly source: string;
  readonly ambiguous?: boolean;
}

const { policies: examples, environment } = JSON.parse(readFileSync(path.join(__dirname, 'examples.json'), 'utf8')) as {
  policies: Example[]; environment: Environment;
};

test('there are 110 examples', () => expect(examples).toHaveLength(110));

describe('examples from the pages of AWS', () => {
  test.each(examples.filter(({ ambiguous }) => !ambiguous))('$id: $note', example => {
    expect(evaluate(example.policies, example.connection, example.request, environment)).toMatchObject({ decision: example.expect });
  });

  test.each(examples.filter(({ brokerExpect }) => brokerExpect))('$id, the broker as a whole: $note', example => {
    expect(admit(example.policies, example.connection, example.request, environment)).toMatchObject({ decision: example.brokerExpect });
  });
});
