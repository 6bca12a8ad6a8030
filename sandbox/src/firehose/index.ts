export { compileErrorPrefix, compilePrefix, evaluateErrorPrefix, evaluatePrefix, PrefixError } from './object-prefix';
export type { CompiledPrefix, PrefixContext } from './object-prefix';
