import { Command } from './command';
import { ask, STATE } from './running';

/** What one's own clients need: outputs of the stacks, addresses, and the variables of AWS SDKs. */
export const OUTPUTS: Command = {
  name: 'outputs',
  text: 'the outputs of the stacks, and how clients reach this sandbox',
  options: [{ name: 'json', text: 'as JSON' }, { name: 'env', text: 'as lines for a shell: eval "$(… outputs --env)"' }, STATE],
  async run(input) {
    const { stacks, environment, mqtt, page } = await ask(input, 'GET outputs');
    if (input.isSet('json')) {
      input.print(JSON.stringify({ stacks, environment, mqtt, page }, undefined, 2));
    } else if (input.isSet('env')) {
      for (const [name, value] of Object.entries(environment)) input.print(`export ${name}='${String(value)}'`);
    } else {
      for (const { name, outputs } of stacks) for (const output of outputs) input.print(`${name}.${output.name} = ${output.value}`);
      input.print(`\nMQTT ${mqtt.host}:${mqtt.port}, authority ${mqtt.caFile}\npage ${page}`);
    }
    return 0;
  },
};
