import { Names, Size } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LakeQuery } from './lake-queries';

export interface QueryWorkgroupProps {
  readonly bucket: s3.IBucket;
  readonly resultFolder: string;
  readonly scanLimit: Size;
  readonly databaseName: string;
  readonly queries: LakeQuery[];
}

/** A workgroup of Athena whose settings nobody can leave out, and the saved queries in it. */
export class QueryWorkgroup extends Construct {
  readonly workgroup: athena.CfnWorkGroup;

  constructor(scope: Construct, id: string, { bucket, resultFolder, scanLimit, databaseName, queries }: QueryWorkgroupProps) {
    super(scope, id);
    this.workgroup = new athena.CfnWorkGroup(this, 'Workgroup', {
      name: Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-_' }),
      description: `Queries of ${this.node.path}`,
      // Without it a workgroup that was used cannot be deleted with its stack. It holds history and saved queries, no data.
      recursiveDeleteOption: true,
      state: 'ENABLED',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: scanLimit.toBytes(),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: bucket.s3UrlForObject(resultFolder),
          encryptionConfiguration: bucket.encryptionKey
            ? { encryptionOption: 'SSE_KMS', kmsKey: bucket.encryptionKey.keyArn }
            : { encryptionOption: 'SSE_S3' },
        },
      },
    });
    for (const query of queries) {
      new athena.CfnNamedQuery(this, query.id, {
        name: query.name, description: query.description, database: databaseName, queryString: query.sql, workGroup: this.workgroup.ref,
      });
    }
  }
}
