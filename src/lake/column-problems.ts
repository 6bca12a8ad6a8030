import { Token } from 'aws-cdk-lib';
import { isColumnType } from './column-type-grammar';
import { LakeColumn, LakeColumnType } from './lake-column';
import { DEFAULT_FIRST_DAY, partitionProjection } from './partition-projection';
import { Problem, textProblems } from '../private/validation';

/** Athena and Spark read every script, but no capitals. @see https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html */
const COLUMN_NAME = { max: 255, pattern: /^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_]+$/u, characters: 'letters in lower case, digits and underscores' };
const COMMENT = { min: 0, max: 255, pattern: /^[^\r\n]*$/, characters: 'any kind in one line' };

/** Checks the columns of a table whose objects have the prefix. A pipeline adds some of its own, whose names are taken. */
export function columnProblems(columns: LakeColumn[], prefix: string, added: string[] = []): Problem[] {
  if (columns.length === 0) return [{ prop: 'columns', got: columns, allowed: 'at least one column', fix: 'name the columns of the rows' }];
  const taken = new Set([...added, ...partitionProjection(prefix, DEFAULT_FIRST_DAY)?.columns.map(({ name }) => name) ?? []]);
  const others = `the other columns${added.length > 0 ? ', from those that the rule adds' : ''} and from those of the prefix`;
  return columns.flatMap(({ name, type, comment }, index) => {
    const prop = `columns[${index}].name`;
    // Characters that look the same are the same to the transform.
    const settled = name.normalize('NFKC');
    const isRepeated = !Token.isUnresolved(name) && taken.has(settled);
    taken.add(settled);
    return [
      ...textProblems(prop, name, COLUMN_NAME),
      ...isRepeated ? [{ prop, got: name, allowed: `different from ${others}`, fix: 'rename or remove it' }] : [],
      ...typeProblems(`columns[${index}].type`, type),
      ...textProblems(`columns[${index}].comment`, comment, COMMENT),
    ];
  });
}

function typeProblems(prop: string, { name }: LakeColumnType): Problem[] {
  if (Token.isUnresolved(name) || isColumnType(name)) return [];
  return [{
    prop,
    got: name,
    allowed: 'a type of Athena in lower case, without white space',
    fix: 'pass one such as LakeColumnType.DOUBLE, or LakeColumnType.of(\'array<string>\')',
  }];
}
