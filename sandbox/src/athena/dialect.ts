/** What Athena's engine has and DuckDB has not, or has otherwise. https://trino.io/docs/current/functions.html */
export const MACROS: readonly string[] = [
  'from_unixtime(x) AS make_timestamp((x::DOUBLE * 1000000)::BIGINT)',
  'to_unixtime(t) AS epoch(t)',
  'from_iso8601_timestamp(x) AS x::TIMESTAMPTZ',
  'from_iso8601_date(x) AS x::DATE',
  'to_iso8601(x) AS strftime(x, \'%Y-%m-%dT%H:%M:%S.%gZ\')',
  `date_add(unit, n, t) AS t + CASE lower(unit) WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
    WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(n::INTEGER) WHEN 'week' THEN to_weeks(n::INTEGER) WHEN 'month' THEN to_months(n::INTEGER)
    WHEN 'quarter' THEN to_months((3 * n)::INTEGER) WHEN 'year' THEN to_years(n::INTEGER) END`,
  // Whole units, not boundaries that lie between.
  'date_diff(unit, a, b) AS date_sub(unit, a::TIMESTAMP, b::TIMESTAMP)',
  'at_timezone(t, zone) AS timezone(zone, t::TIMESTAMPTZ)',
  // Athena writes U+FFFD for bytes that are no UTF-8; here they stand as \\xNN.
  'from_utf8(bytes) AS COALESCE(TRY(decode(bytes)), bytes::VARCHAR)',
  'to_utf8(x) AS encode(x)',
  'approx_distinct(x) AS approx_count_distinct(x)',
  'approx_percentile(x, p) AS quantile_cont(x, p)',
  'regexp_like(x, p) AS regexp_matches(x, p)',
  'element_at(x, k) AS x[k]',
  'cardinality(x) AS CASE json_type(to_json(x)) WHEN \'ARRAY\' THEN json_array_length(to_json(x)) ELSE len(json_keys(to_json(x))) END',
  'json_extract_scalar(x, p) AS json_extract_string(x, p)',
  'json_parse(x) AS x::JSON',
  'json_format(x) AS x::VARCHAR',
];

/** What is known to be missing; told beside what DuckDB says of a query. */
export const MISSING = 'Known to be missing: statements other than SELECT, CAST to array(…) and map(…), VALUES without parentheses, '
  + 'UNNEST of an array of rows into two columns, and formats of date_format and date_parse that are no text or have rare letters.';

/** Words, quoted names, texts, comments and single characters, spaces with what follows them. */
const TOKEN = /\s*(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\w+|[^\s\w])/g;

/** Letters of MySQL's formats that mean something else in DuckDB's, whose functions take constant formats only. */
const FORMAT_LETTERS: { readonly [letter: string]: string } = { M: 'B', i: 'M', s: 'S', h: 'I', W: 'A', c: '-m', e: '-d', T: 'H:%M:%S' };
const FORMATTERS: { readonly [name: string]: string } = { DATE_FORMAT: 'strftime', DATE_PARSE: 'strptime' };

/** Writes the format, which is the last argument, in DuckDB's letters. */
function withFormats(tokens: readonly string[]): string[] {
  const result = [...tokens];
  tokens.forEach((token, at) => {
    const name = FORMATTERS[token.trim().toUpperCase()];
    const last = name === undefined || tokens[at + 1]?.trim() !== '(' ? -1 : closing(tokens, at + 1) - 1;
    if (last < 0 || !tokens[last].trim().startsWith('\'')) return;
    result[at] = ` ${name}`;
    result[last] = tokens[last].replace(/%(\w)/g, (_all, letter: string) => `%${FORMAT_LETTERS[letter] ?? letter}`);
  });
  return result;
}

/** `CROSS JOIN UNNEST(map) AS t (k, v)` takes a map apart, which DuckDB writes otherwise. All else stays as it is. */
export function translated(sql: string): string {
  const tokens = withFormats(sql.trim().replace(/;\s*$/, '').match(TOKEN) ?? []);
  const is = (at: number, text: string) => tokens[at]?.trim().toUpperCase() === text;
  let result = '';
  for (let at = 0; at < tokens.length; at++) {
    const close = is(at, 'UNNEST') && is(at - 1, 'JOIN') && is(at + 1, '(') ? closing(tokens, at + 1) : -1;
    const alias = is(close + 1, 'AS') ? close + 2 : close + 1;
    if (close < 0 || !isPair(tokens, alias)) {
      result += tokens[at];
      continue;
    }
    const map = tokens.slice(at + 2, close).join('');
    result += ` LATERAL (SELECT unnest(map_keys(${map})), unnest(map_values(${map})))`;
    at = close;
  }
  return result;
}

/** `t (k, v)` */
function isPair(tokens: readonly string[], alias: number): boolean {
  return tokens[alias + 1]?.trim() === '(' && tokens[alias + 3]?.trim() === ',' && tokens[alias + 5]?.trim() === ')';
}

function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at].trim() === '(') depth++;
    if (tokens[at].trim() === ')' && --depth === 0) return at;
  }
  return -1;
}
