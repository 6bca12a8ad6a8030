/** A permutation from the digits of pi, as the RFC gives it. */
const SUBSTITUTION = Buffer.from([
  '292e43c9a2d87c013d3654a1ecf0061362a705f3c0c7738c98932bd9bc4c82ca1e9b573cfdd4e01667426f188a17e512be4ec4d6da9ede49a0fbf58ebb2fee7a',
  'a968799115b2073f94c210890b225f21807f5d9a5a903227353ecce7bff79703ff1930b348a5b5d1d75e922aac56aac64fb838d296a47db676fc6be29c7404f1',
  '459d705964718720865bcf65e62da8021b6025adaeb0b9f61c46616934407e0f5547a323dd51af3ac35cf9cebac5ea262c530d6e85288409d3dfcdf441814d52',
  '6adc37c86cc1abfa24e17b080cbdb14a7888958be363e86de9cbd5fe3b001d39f2efb70e6658d0e4a67772f8eb754b0a314450b48fed1f1adb998d339f118314',
].join(''), 'hex');

/** RFC 1319. Node.js has no MD2 any more, and AWS IoT SQL has a function for it. */
export function md2(input: Uint8Array): string {
  const padding = 16 - input.length % 16;
  const text = Buffer.concat([input, Buffer.alloc(padding, padding)]);
  const checksum = Buffer.alloc(16);
  let last = 0;
  for (let block = 0; block < text.length; block += 16) {
    for (let at = 0; at < 16; at++) last = checksum[at] = checksum[at] ^ SUBSTITUTION[text[block + at] ^ last]; // eslint-disable-line no-bitwise
  }
  return text.length > 0 ? digest(Buffer.concat([text, checksum])) : '';
}

function digest(text: Buffer): string {
  const state = Buffer.alloc(48);
  for (let block = 0; block < text.length; block += 16) {
    for (let at = 0; at < 16; at++) {
      state[16 + at] = text[block + at];
      state[32 + at] = state[16 + at] ^ state[at]; // eslint-disable-line no-bitwise
    }
    let carry = 0;
    for (let round = 0; round < 18; round++) {
      for (let at = 0; at < 48; at++) carry = state[at] = state[at] ^ SUBSTITUTION[carry]; // eslint-disable-line no-bitwise
      carry = (carry + round) % 256;
    }
  }
  return state.subarray(0, 16).toString('hex');
}
