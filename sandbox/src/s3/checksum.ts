import { createHash } from 'crypto';
import { crc32 } from 'zlib';

/** How clients may say what they sent, by the header that carries it. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const CHECKSUMS: { readonly [header: string]: (body: Uint8Array) => Buffer } = {
  'x-amz-checksum-crc32': body => uint32(crc32(body)),
  'x-amz-checksum-crc32c': body => uint32(crc32c(body)),
  'x-amz-checksum-crc64nvme': body => crc64nvme(body),
  'x-amz-checksum-sha1': body => createHash('sha1').update(body).digest(),
  'x-amz-checksum-sha256': body => createHash('sha256').update(body).digest(),
};

const CASTAGNOLI = table32(0x82f63b78);
const NVME = table64(0x9a6c9329, 0xac4bc9b5);

/* eslint-disable no-bitwise */
function table32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}

/** Upper and lower halves: big integers would be slower by far. */
function table64(upper: number, lower: number): { upper: Uint32Array; lower: Uint32Array } {
  const table = { upper: new Uint32Array(256), lower: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = ((low >>> 1) | (high << 31)) ^ (odd ? lower : 0);
      high = (high >>> 1) ^ (odd ? upper : 0);
    }
    table.upper[byte] = high;
    table.lower[byte] = low;
  }
  return table;
}

export function crc32c(body: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of body) crc = (crc >>> 8) ^ CASTAGNOLI[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

/** What the AWS CLI sends. */
export function crc64nvme(body: Uint8Array): Buffer {
  let [high, low] = [0xffffffff, 0xffffffff];
  for (const byte of body) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ NVME.lower[index];
    high = (high >>> 8) ^ NVME.upper[index];
  }
  return Buffer.concat([uint32((high ^ 0xffffffff) >>> 0), uint32((low ^ 0xffffffff) >>> 0)]);
}
/* eslint-enable no-bitwise */

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
