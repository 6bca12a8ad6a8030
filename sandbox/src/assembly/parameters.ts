import { AssemblyStack } from './cloud-assembly';
import { Json } from '../json';
import { TemplateError } from './template-error';

/** CDK's templates read the version of their bootstrap stack from SSM; a sandbox needs no bootstrap stack. */
const BOOTSTRAP_VERSION = 'BootstrapVersion';

/**
 * Values of the parameters of a stack: those given, otherwise the defaults.
 *
 * @throws TemplateError where a parameter has neither, a given one is not declared, or a value is not allowed
 */
export function parameterValues({ template, id }: AssemblyStack, given: { readonly [name: string]: string }): { [name: string]: Json } {
  const unknown = Object.keys(given).find(name => !Object.hasOwn(template.Parameters, name));
  if (unknown !== undefined) throw new TemplateError(`Parameters/${unknown}`, `the stack '${id}' declares no such parameter`);
  const values: { [name: string]: Json } = {};
  for (const [name, { Type, Default, AllowedValues }] of Object.entries(template.Parameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : Default;
    if (value === undefined) throw new TemplateError(`Parameters/${name}`, `has no default: give a value for it (stack '${id}')`);
    if (AllowedValues && !AllowedValues.map(String).includes(String(value))) {
      throw new TemplateError(`Parameters/${name}`, `must be one of ${AllowedValues.join(', ')}, got: ${String(value)}`);
    }
    if (Type.startsWith('AWS::SSM::Parameter::Value') && name !== BOOTSTRAP_VERSION && !Object.hasOwn(given, name)) {
      throw new TemplateError(`Parameters/${name}`, `is read from SSM (${String(value)}), which is not modelled: give a value for it (stack '${id}')`);
    }
    values[name] = Type === 'CommaDelimitedList' || Type.startsWith('List<') ? String(value).split(',').map(item => item.trim()) : String(value);
  }
  return values;
}
