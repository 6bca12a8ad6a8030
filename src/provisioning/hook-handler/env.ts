import { required } from '../../private/environment';

/** Names of the environment variables that FleetProvisioning sets and the hook reads. */
export const HOOK_ENV = {
  tableName: 'REGISTRY_TABLE_NAME',
  templateName: 'TEMPLATE_NAME',
  serialNumberParameter: 'SERIAL_NUMBER_PARAMETER',
  /** JSON list of texts and `{"Ref": parameter}` that make the name of the thing; absent where the template body makes it by itself. */
  thingNameParts: 'THING_NAME_PARTS',
  /** JSON list of all parameters that the template declares: the hook answers with no others. */
  declaredParameters: 'DECLARED_PARAMETERS',
  /** JSON list of parameters that decide what a device is or may do: they come from the registry, never from the device. */
  fixedParameters: 'FIXED_PARAMETERS',
  /** JSON list of parameters that become thing attributes. */
  attributeParameters: 'ATTRIBUTE_PARAMETERS',
  /** How long after its first provisioning a device may come again with a new certificate; absent means never. */
  reprovisionWindowSeconds: 'REPROVISION_WINDOW_SECONDS',
} as const;

/** The parameter that the hook answers with, and that the default template body takes the thing name from. */
export const THING_NAME_PARAMETER = 'ThingName';

/** A piece of a thing name: text as it is, or the value of a parameter. */
export type NamePart = string | { readonly Ref: string };

export interface HookSettings {
  readonly tableName: string;
  readonly templateName: string;
  readonly serialNumberParameter: string;
  readonly thingNameParts?: NamePart[];
  readonly declaredParameters: string[];
  readonly fixedParameters: string[];
  readonly attributeParameters: string[];
  readonly reprovisionWindowSeconds: number;
}

/** Reads the settings once; a missing, an empty and a malformed variable each say so. */
export function readSettings(env: NodeJS.ProcessEnv): HookSettings {
  const parts = env[HOOK_ENV.thingNameParts];
  const window = env[HOOK_ENV.reprovisionWindowSeconds];
  return {
    tableName: required(env, HOOK_ENV.tableName),
    templateName: required(env, HOOK_ENV.templateName),
    serialNumberParameter: required(env, HOOK_ENV.serialNumberParameter),
    thingNameParts: parts === undefined ? undefined : list(HOOK_ENV.thingNameParts, parts) as NamePart[],
    // Required: without the names every override would be left out, also the thing name, and the device would choose it.
    declaredParameters: list(HOOK_ENV.declaredParameters, required(env, HOOK_ENV.declaredParameters)) as string[],
    fixedParameters: list(HOOK_ENV.fixedParameters, env[HOOK_ENV.fixedParameters] ?? '[]') as string[],
    attributeParameters: list(HOOK_ENV.attributeParameters, env[HOOK_ENV.attributeParameters] ?? '[]') as string[],
    reprovisionWindowSeconds: window === undefined ? 0 : seconds(HOOK_ENV.reprovisionWindowSeconds, window),
  };
}

function list(name: string, value: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = undefined;
  }
  if (!Array.isArray(parsed)) throw new Error(`environment variable ${name} is not a JSON list`);
  return parsed;
}

function seconds(name: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`environment variable ${name} is not a whole number of seconds`);
  return Number(value);
}
