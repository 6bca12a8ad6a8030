import { TextRule } from '../private/validation';

const PRINTABLE = { pattern: /^[^\u0000-\u001F\u007F]+$/, characters: 'text without control characters' };

/** @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_AssetModelProperty.html */
export const NAME: TextRule = { max: 256, ...PRINTABLE };
export const DESCRIPTION: TextRule = { max: 2048, ...PRINTABLE };
/** @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_UpdateAssetProperty.html */
export const ALIAS: TextRule = { max: 2048, ...PRINTABLE };
/** @see https://docs.aws.amazon.com/iot-sitewise/latest/userguide/object-ids.html#external-ids */
export const EXTERNAL_ID: TextRule = {
  min: 2, max: 128, pattern: /^[a-zA-Z0-9_][a-zA-Z_\-0-9.:]*[a-zA-Z0-9_]+$/, characters: 'letters, digits and _-.: with no -.: at either end',
};
/** @see https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_ExpressionVariable.html */
export const VARIABLE: TextRule = { max: 64, pattern: /^[a-z][a-z0-9_]*$/, characters: 'lower-case letters, digits and underscores, a letter first' };
