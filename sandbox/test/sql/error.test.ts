import { compileRule, compileTemplate, SqlError } from '../../src/sql';

function problemOf(compile: () => unknown): string {
  try {
    compile();
  } catch (error) {
    if (error instanceof SqlError) return error.message;
    throw error;
  }
  return 'none';
}

test.each([
  ["SELECT frobnicate(a) FROM 'a/b'", 'line 1, column 8: there is no function frobnicate()'],
  ["SELECT a,\n  b.c,\n  nonsense(1) AS x\nFROM 'a/b'", 'line 3, column 3: there is no function nonsense()'],
  ["SELECT get_dynamodb('t', 'k', a, 'arn') AS x FROM 'a/b'", 'line 1, column 8: get_dynamodb() is not available here, nor is another function that calls a service'],
  ["SELECT decode(a, 'proto', 'bucket', 'key') AS x FROM 'a/b'", "line 1, column 18: decode(…, 'proto', …) is not modelled, only 'base64' is"],
  ['SELECT * FROM a/b', "line 1, column 15: expected a topic filter in single quotes, found 'a'"],
  ["SELECT * FROM 'a/b' WHERE", 'line 1, column 26: expected an expression, found the end'],
  ["SELECT * FROM 'a/b' WHERE a != 1", 'line 1, column 29: unexpected character "!"'],
  ["SELECT * FROM 'a/b", 'line 1, column 15: this string has no closing quote'],
  ["SELECT a[0] FROM 'a/b'", 'line 1, column 9: an array has no index in brackets: use get(array, index)'],
  ["SELECT a.1b FROM 'a/b'", 'line 1, column 10: a name does not begin with a digit: reach such a key by get(object, "key")'],
  ["SELECT a-b.from FROM 'a/b' a", "line 1, column 28: expected the end of the statement, found 'a'"],
  ["SELECT cast(a AS Thing) FROM 'a/b'", "line 1, column 18: expected a type (STRING, NVARCHAR, TEXT, NTEXT, VARCHAR, INT, INTEGER, DOUBLE, DECIMAL, BOOL, BOOLEAN), found 'Thing'"],
  ["SELECT CASE a ELSE 1 END FROM 'a/b'", "line 1, column 15: expected WHEN, found 'ELSE'"],
  ["SELECT {a: 1} FROM 'a/b'", "line 1, column 9: expected a key in quotes, found 'a'"],
  ["SELECT (1, 2) FROM 'a/b'", "line 1, column 10: expected ')', found ','"],
  ["SELECT @x FROM 'a/b'", 'line 1, column 8: @x is not set before it is used: SET @x = … before SELECT'],
  ["SET @a = @b, @b = 1 SELECT @a FROM 'a/b'", 'line 1, column 10: @b is not set before it is used: SET @b = … before SELECT'],
  ["SET @a = 1, @a = 2 SELECT @a FROM 'a/b'", 'line 1, column 13: @a is set already, a variable can be set once'],
  ["SET @a = 1 SET @b = 2 SELECT @a FROM 'a/b'", 'line 1, column 12: SET can be used once in a statement'],
  [`SET ${Array.from({ length: 11 }, (_, at) => `@v${at} = 1`).join(', ')} SELECT * FROM 'a/b'`, 'line 1, column 95: a statement has at most 10 variables'],
  ["SELECT * FROM 'a/#/b'", "line 1, column 15: '#' stands alone at the end of a topic filter"],
  ["SELECT * FROM 'a/b+'", "line 1, column 15: '+' stands for a whole level of a topic filter"],
  ["SELECT * FROM ''", 'line 1, column 15: a topic filter is not empty'],
  [`SELECT * FROM '${'a'.repeat(257)}'`, 'line 1, column 15: a topic filter has at most 256 bytes'],
  ['', 'line 1, column 1: expected SELECT, found the end'],
])('%s', (sql, problem) => expect(problemOf(() => compileRule(sql))).toBe(problem));

test.each([
  ['a/${b', "line 1, column 6: expected '}', found the end"],
  ['a/${}', "line 1, column 5: expected an expression, found '}'"],
  ['${frobnicate()}', 'line 1, column 3: there is no function frobnicate()'],
  ['${@x}', 'line 1, column 3: @x is not set before it is used: SET @x = … before SELECT'],
])('template %s', (template, problem) => expect(problemOf(() => compileTemplate(template))).toBe(problem));

test.each([
  ['parentheses', `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)} FROM 'a/b'`], ['a chain of operators', `SELECT 1${' + 1'.repeat(50_000)} FROM 'a/b'`],
  ['a chain of keys', `SELECT a${'.a'.repeat(50_000)} FROM 'a/b'`], ['NOT', `SELECT ${'NOT '.repeat(20_000)}a FROM 'a/b'`], ['length', `SELECT '${'a'.repeat(300_000)}' FROM 'a/b'`],
])('too much of %s is an error of its own kind', (_what, sql) => expect(() => compileRule(sql)).toThrow(SqlError));
