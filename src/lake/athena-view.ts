import { Fn, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import { LakeColumn } from './lake-column';

/** Names of Presto for types of Glue. */
const PRESTO_TYPES: { readonly [type: string]: string } = { string: 'varchar', int: 'integer', float: 'real', timestamp: 'timestamp(3)' };

export interface AthenaViewProps {
  readonly databaseName: string;
  readonly name: string;
  readonly sql: string;
  /** What the statement selects, in its order. */
  readonly columns: readonly LakeColumn[];
  readonly description: string;
}

/**
 * A view that Athena reads, made without running a query.
 *
 * CloudFormation has no views. Athena keeps its own as tables of Glue whose text is JSON in base64 inside a comment; AWS
 * does not document that form, and `SHOW CREATE VIEW` in Athena tells whether it is still the one.
 */
export class AthenaView extends Construct {
  constructor(scope: Construct, id: string, { databaseName, name, sql, columns, description }: AthenaViewProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const view = stack.toJsonString({
      originalSql: sql,
      catalog: 'awsdatacatalog',
      schema: databaseName,
      columns: columns.map(column => ({ name: column.name, type: PRESTO_TYPES[column.type.name] ?? column.type.name })),
    });
    new glue.CfnTable(this, 'View', {
      catalogId: stack.account,
      databaseName,
      tableInput: {
        name,
        description,
        tableType: 'VIRTUAL_VIEW',
        parameters: { presto_view: 'true', comment: 'Presto View' },
        partitionKeys: [],
        storageDescriptor: { columns: columns.map(column => ({ name: column.name, type: column.type.name, comment: column.comment })), location: '', serdeInfo: {} },
        viewOriginalText: Fn.join('', ['/* Presto View: ', Fn.base64(view), ' */']),
        viewExpandedText: '/* Presto View */',
      },
    });
  }
}
