import { AthenaError } from './projected-column';
import { ColumnType, columnTypeOf, GlueTable } from '../glue';

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const text = (value: string) => `'${value.replaceAll('\'', '\'\'')}'`;

/** A file, as the file system names it, with the values of its partition. */
export interface SourceFile { readonly path: string; readonly values: readonly string[] }
export type Ask = (sql: string) => Promise<string[]>;

/** The query that reads the files of a table with the columns that it declares. @throws AthenaError for a format that is not modelled */
export async function sourceOf(table: GlueTable, files: readonly SourceFile[], ask: Ask): Promise<string> {
  const empty = [...table.columns, ...table.partitionKeys].map(({ name, type }) => `NULL::${duckType(type)} AS ${quoted(name)}`).join(', ');
  if (files.length === 0) return `SELECT ${empty} WHERE false`;
  const list = `[${files.map(file => text(file.path)).join(', ')}]`;
  const { select, from } = await reader(table, list, ask);
  const partitions = table.partitionKeys.map(({ name, type }, at) => `CAST(p.v${at} AS ${duckType(type)}) AS ${quoted(name)}`);
  const names = table.partitionKeys.map((_key, at) => `v${at}`);
  const values = files.map(file => `(${[file.path, ...file.values].map(text).join(', ')})`).join(', ');
  const join = partitions.length === 0 ? '' : ` JOIN (VALUES ${values}) AS p(file, ${names.join(', ')}) ON p.file = f.filename`;
  return `SELECT ${[...select, ...partitions].join(', ')} FROM ${from} AS f${join}`;
}

async function reader(table: GlueTable, list: string, ask: Ask): Promise<{ select: string[]; from: string }> {
  const { library = '', parameters } = table.serde;
  if (/parquet/i.test(library)) {
    const from = `read_parquet(${list}, union_by_name = true, filename = true, hive_partitioning = false)`;
    const known = new Map((await ask(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${from})`)).map(name => [name.toLowerCase(), name]));
    return {
      from,
      select: table.columns.map(({ name, type }) => {
        const found = known.get(name);
        return `CAST(${found === undefined ? 'NULL' : `f.${quoted(found)}`} AS ${duckType(type)}) AS ${quoted(name)}`;
      }),
    };
  }
  if (/json/i.test(library)) return json(table, list, ask);
  const delimiter = /OpenCSV/i.test(library) ? parameters.separatorChar ?? ',' : parameters['field.delim'] ?? '\u0001';
  if (!/OpenCSV|LazySimple/i.test(library)) throw new AthenaError(`the SerDe ${JSON.stringify(library)} of ${table.databaseName}.${table.name} is not modelled`);
  const columns = table.columns.map(({ name }) => `${text(name)}: 'VARCHAR'`).join(', ');
  const skip = Number(table.parameters['skip.header.line.count'] ?? 0);
  return {
    from: `read_csv(${list}, columns = {${columns}}, delim = ${text(delimiter)}, header = false, skip = ${skip}, auto_detect = false, filename = true, hive_partitioning = false)`,
    select: table.columns.map(({ name, type }) => `CAST(f.${quoted(name)} AS ${duckType(type)}) AS ${quoted(name)}`),
  };
}

/** A key is a column without regard to capitals, unless the table says otherwise; lines must be separated. */
async function json(table: GlueTable, list: string, ask: Ask): Promise<{ select: string[]; from: string }> {
  const { library = '', parameters } = table.serde;
  const openX = /openx/i.test(library);
  const folded = (key: string) => {
    const plain = openX && parameters['dots.in.keys'] === 'true' ? key.replaceAll('.', '_') : key;
    return parameters['case.insensitive'] === 'false' ? plain : plain.toLowerCase();
  };
  const lenient = parameters['ignore.malformed.json'] === 'true';
  const from = `read_json_objects(${list}, format = 'newline_delimited', ignore_errors = ${lenient}, filename = true, maximum_object_size = 67108864)`;
  const keys = await ask(`SELECT DISTINCT unnest(json_keys(json)) FROM ${from}`);
  const select = table.columns.map(({ name, type }) => {
    const wanted = folded(parameters[`mapping.${name}`] ?? name);
    const arrow = duckType(type) === 'VARCHAR' ? '->>' : '->';
    const found = keys.filter(key => folded(key) === wanted).map(key => `(f.json ${arrow} ${text(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)})`);
    return `CAST(${found.length === 0 ? 'NULL' : `coalesce(${found.join(', ')})`} AS ${duckType(type)}) AS ${quoted(name)}`;
  });
  return { from, select };
}

function duckType(type: string): string {
  const parsed = columnTypeOf(type);
  if (!parsed) throw new AthenaError(`the type ${type} is not modelled`);
  return written(parsed);
}

function written(type: ColumnType): string {
  switch (type.kind) {
    case 'primitive': return { string: 'VARCHAR', binary: 'BLOB' }[type.name as string] ?? type.name.toUpperCase();
    case 'decimal': return `DECIMAL(${type.precision},${type.scale})`;
    case 'array': return `${written(type.element)}[]`;
    case 'map': return `MAP(${written(type.key)}, ${written(type.value)})`;
    case 'struct': return `STRUCT(${type.fields.map(field => `${quoted(field.name)} ${written(field.type)}`).join(', ')})`;
  }
}
