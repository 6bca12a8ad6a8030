/** Types without another type inside, as Athena's CREATE TABLE has them. */
const PRIMITIVE = [
  'boolean', 'tinyint', 'smallint', 'int', 'integer', 'bigint', 'float', 'double', 'string', 'binary', 'date', 'timestamp',
  'decimal(?:\\((?:[1-9]|[12]\\d|3[0-8])(?:,(?:\\d|[12]\\d|3[0-8]))?\\))?', 'char\\(\\d{1,3}\\)', 'varchar\\(\\d{1,5}\\)',
].join('|');
const FIELD = `[^\\s:,<>()]+:(?:${PRIMITIVE})`;
/** Types with nothing but primitive ones inside. */
const INNERMOST = new RegExp(`array<(?:${PRIMITIVE})>|map<(?:${PRIMITIVE}),(?:${PRIMITIVE})>|struct<${FIELD}(?:,${FIELD})*>`, 'g');
const WHOLE = new RegExp(`^(?:${PRIMITIVE})$`);
/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html */
const MAX_CHARACTERS = 131_072;
/** Far more than any message has, and few enough for text that nests without end. */
const MAX_DEPTH = 64;

/**
 * Whether a text is a type that Athena reads. White space inside is none: Hive's parser, which Athena uses, fails on it.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/data-types.html
 */
export function isColumnType(text: string): boolean {
  if (text.length > MAX_CHARACTERS) return false;
  let rest = text;
  for (let depth = 0; depth < MAX_DEPTH && !WHOLE.test(rest); depth++) {
    const next = rest.replace(INNERMOST, 'string');
    if (next === rest) return false;
    rest = next;
  }
  return WHOLE.test(rest);
}
