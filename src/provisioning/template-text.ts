import { NamePart } from './hook-handler/env';
import { Json } from './template-document';

/** A parameter in a text of ours. Markers of CDK tokens have brackets, so that they are text. */
export const PARAMETER_IN_TEXT = /\$\{([A-Za-z0-9_:]+)\}/g;

/** `pump-${SerialNumber}` as its pieces. */
export function partsOf(text: string): NamePart[] {
  return text.split(PARAMETER_IN_TEXT).map((piece, index) => index % 2 === 1 ? { Ref: piece } : piece).filter(piece => piece !== '');
}

export function parametersOf(text: string): string[] {
  return [...text.matchAll(PARAMETER_IN_TEXT)].map(match => match[1]);
}

/** The text as a template body says it. Not Fn::Sub: `${…}` in the stack's template reads like a mistake to linters. */
export function valueOf(text: string): Json {
  const parts = partsOf(text) as Json[];
  return parts.length === 1 ? parts[0] : parts.length === 0 ? '' : { 'Fn::Join': ['', parts] };
}

/** What stays of a text for every device. */
export function literalOf(text: string): string {
  return text.replace(PARAMETER_IN_TEXT, '');
}
