import * as fc from 'fast-check';
import { crc32c, crc64nvme } from '../../src/s3/checksum';
import { decodeChunked } from '../../src/s3/chunked-body';

const bytes = fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array));

/** As a client writes it, with signatures or without. */
function encoded(chunks: Buffer[], trailers: [string, string][], signed: boolean): Buffer {
  const signature = signed ? `;chunk-signature=${'a'.repeat(64)}` : '';
  return Buffer.concat([
    ...chunks.flatMap(chunk => [Buffer.from(`${chunk.length.toString(16)}${signature}\r\n`), chunk, Buffer.from('\r\n')]),
    Buffer.from(`0${signature}\r\n`), ...trailers.map(([name, value]) => Buffer.from(`${name}:${value}\r\n`)), Buffer.from('\r\n'),
  ]);
}

test('any body that is cut into chunks comes back, with its trailers', () => {
  const trailer = fc.tuple(fc.constantFrom('x-amz-checksum-crc32', 'x-amz-trailer-signature'), fc.base64String());
  const trailersOnce = fc.uniqueArray(trailer, { selector: ([name]) => name });
  fc.assert(fc.property(fc.array(bytes.filter(chunk => chunk.length > 0)), trailersOnce, fc.boolean(), (chunks, trailers, signed) => {
    const decoded = decodeChunked(encoded(chunks, trailers, signed));
    expect(decoded.body.equals(Buffer.concat(chunks))).toBe(true);
    expect(decoded.trailers).toEqual(Object.fromEntries(trailers));
  }), { numRuns: 500 });
});

test('a body that ends anywhere before its last chunk is refused', () => {
  const whole = encoded([Buffer.from('one\r\n'), Buffer.from('two')], [], false);
  for (let length = 0; length < whole.length - '\r\n'.length; length++) expect(() => decodeChunked(whole.subarray(0, length))).toThrow('terminated unexpectedly');
  expect(() => decodeChunked(Buffer.from('xyz\r\n'))).toThrow('"xyz" is not hexadecimal');
});

// https://reveng.sourceforge.io/crc-catalogue/all.htm: the check value of each is that of these nine digits.
test('checksums are those of the catalogue', () => {
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
  expect(crc64nvme(Buffer.from('123456789')).toString('hex')).toBe('ae8b14860a799888');
});
