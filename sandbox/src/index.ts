export { Sandbox } from './sandbox';
export type { NotModelled } from './sandbox';
export { OptionError } from './sandbox-options';
export type { SandboxOptions } from './sandbox-options';
export { StateFolderError } from './state-folder';
export { AssemblyError } from './assembly/cloud-assembly';
export { TemplateError } from './assembly/template-error';
