import { Value } from '../value';

/** Functions that call another service while a rule is evaluated. Each runs only where the caller of the rule brings it. */
export const EXTERNAL_FUNCTIONS = [
  'aws_lambda', 'get_dynamodb', 'get_registry_data', 'get_secret', 'get_thing_shadow', 'machinelearning_predict',
] as const;
export type ExternalFunction = typeof EXTERNAL_FUNCTIONS[number];

/** What brings them. A rejected promise makes the rule fail, as a failing call does at AWS; Undefined is a value like any other. */
export type ExternalFunctions = { readonly [name in ExternalFunction]?: (args: readonly Value[]) => Promise<Value> };

export function isExternal(name: string): name is ExternalFunction {
  return (EXTERNAL_FUNCTIONS as readonly string[]).includes(name);
}
