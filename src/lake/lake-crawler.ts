import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { createGlueRole, createSecurity, listFolders, useObjects } from './glue-security';
import { acknowledgeWildcards } from '../private/acknowledge';

const TABLE_PREFIX = 'crawled_';

export interface LakeCrawlerProps {
  readonly bucket: s3.IBucket;
  readonly folder: string;
  readonly databaseName: string;
  readonly schedule: events.Schedule;
  /** @default - keys of CloudWatch Logs */
  readonly encryptionKey?: kms.IKey;
}

/** Looks for columns that nobody declared, for those who want that, and leaves the tables of the lake alone. */
export class LakeCrawler extends Construct {
  constructor(scope: Construct, id: string, { bucket, folder, databaseName, schedule, encryptionKey }: LakeCrawlerProps) {
    super(scope, id);
    const role = createGlueRole(this, `Looks for columns in ${scope.node.path}`, '/aws-glue/crawlers', encryptionKey);
    listFolders(role, bucket, [folder]);
    useObjects(role, bucket, ['s3:GetObject'], [folder]);
    bucket.encryptionKey?.grantDecrypt(role);
    this.allowTables(role, databaseName);
    const crawler = new glue.CfnCrawler(this, 'Crawler', {
      role: role.roleArn,
      databaseName,
      tablePrefix: TABLE_PREFIX,
      description: `Looks for columns in ${scope.node.path}`,
      targets: { s3Targets: [{ path: bucket.s3UrlForObject(folder) }] },
      schedule: { scheduleExpression: schedule.expressionString },
      recrawlPolicy: { recrawlBehavior: 'CRAWL_NEW_FOLDERS_ONLY' },
      schemaChangePolicy: { updateBehavior: 'LOG', deleteBehavior: 'LOG' },
      crawlerSecurityConfiguration: createSecurity(this, bucket, encryptionKey),
    });
    crawler.node.addDependency(role);
  }

  private allowTables(role: iam.Role, databaseName: string): void {
    const stack = Stack.of(this);
    const arnOf = (resource: string, resourceName?: string) => stack.formatArn({ service: 'glue', resource, resourceName });
    const statement = new iam.PolicyStatement({
      actions: [
        'glue:BatchCreatePartition', 'glue:BatchGetPartition', 'glue:CreateTable', 'glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables', 'glue:UpdateTable',
      ],
      resources: [arnOf('catalog'), arnOf('database', databaseName), arnOf('table', `${databaseName}/${TABLE_PREFIX}*`)],
    });
    role.addToPolicy(statement);
    acknowledgeWildcards(role, [statement], 'A crawler chooses the names of its tables; the statement is for those with its prefix in the database of the lake.');
  }
}
