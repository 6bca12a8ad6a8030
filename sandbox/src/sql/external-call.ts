import { ExternalFunction, ExternalFunctions } from './functions/external';
import { writeJson } from './json';
import { ExternalAnswers } from './scope';
import { Value } from './value';

/** More calls for one message are taken for a rule that never ends. */
const MOST_CALLS = 100;

/** Stops an evaluation at a call whose answer is not known yet. */
class CallNeeded {
  constructor(readonly key: string, readonly name: ExternalFunction, readonly args: readonly Value[]) {}
}

/**
 * Evaluates with functions that take time: where an answer is missing the evaluation is given up, the service is asked, and it is
 * evaluated again. Rules without such functions pay nothing for this.
 */
export async function withExternalCalls<T>(functions: ExternalFunctions, evaluate: (external: ExternalAnswers) => T): Promise<T> {
  const known = new Map<string, Value>();
  const external: ExternalAnswers = {
    answer(name, site, args) {
      const key = `${site} ${args.map(arg => arg === undefined ? 'undefined' : writeJson(arg)).join(' ')}`;
      if (!known.has(key)) throw new CallNeeded(key, name as ExternalFunction, args);
      return known.get(key);
    },
  };
  for (let calls = 0; ; calls++) {
    try {
      return evaluate(external);
    } catch (needed) {
      if (!(needed instanceof CallNeeded)) throw needed;
      if (calls === MOST_CALLS) throw new Error(`this rule calls other services more than ${MOST_CALLS} times for one message`);
      known.set(needed.key, await functions[needed.name]?.(needed.args));
    }
  }
}
