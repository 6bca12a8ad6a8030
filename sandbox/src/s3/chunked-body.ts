import { AwsError } from '../account';

export interface DecodedBody {
  readonly body: Buffer;
  /** Headers that came after the body, in small letters, such as checksums. */
  readonly trailers: { readonly [name: string]: string };
}

const END = Buffer.from('\r\n');

/**
 * Takes the body out of an `aws-chunked` request: `<hexadecimal size>[;chunk-signature=…]`, the bytes, and so on until a size of 0,
 * then trailers.
 * Signatures are not verified.
 *
 * @throws AwsError for what is not so, or ends too early
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export function decodeChunked(encoded: Buffer): DecodedBody {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = encoded.indexOf(END, at);
    if (end < 0) throw incomplete();
    const text = encoded.toString('latin1', at, end);
    at = end + END.length;
    return text;
  };
  for (;;) {
    const [size] = line().split(';');
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new AwsError('InvalidRequest', `The chunk size ${JSON.stringify(size.slice(0, 20))} is not hexadecimal.`);
    const bytes = parseInt(size, 16);
    if (bytes === 0) break;
    if (!encoded.subarray(at + bytes, at + bytes + END.length).equals(END)) throw incomplete();
    chunks.push(encoded.subarray(at, at + bytes));
    at += bytes + END.length;
  }
  const trailers: { [name: string]: string } = {};
  while (at < encoded.length) {
    const text = line();
    if (text === '') continue;
    const colon = text.indexOf(':');
    trailers[text.slice(0, colon).trim().toLowerCase()] = text.slice(colon + 1).trim();
  }
  return { body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), trailers };
}

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 'The request body terminated unexpectedly.');
}
