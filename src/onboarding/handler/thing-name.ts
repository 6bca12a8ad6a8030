import { Device } from './device';
import { NameSettings } from './env';

/**
 * The name of a device's thing, made as the provisioning hook makes it: what the registry fixes, else of the serial number and of parameters
 * in the registry. Undefined where one of them is missing.
 */
export const thingNames = ({ thingNameParts, serialNumberParameter }: Pick<NameSettings, 'thingNameParts' | 'serialNumberParameter'>) =>
  ({ serialNumber, thingName, parameters }: Pick<Device, 'serialNumber' | 'thingName' | 'parameters'>): string | undefined => {
    const valueOf = (name: string) => name === serialNumberParameter ? serialNumber : Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    const pieces = thingNameParts.map(part => typeof part === 'string' ? part : valueOf(part.Ref));
    return thingName ?? valueOf('ThingName') ?? (pieces.includes(undefined) ? undefined : pieces.join(''));
  };
