import { Caller } from '../account';
import { JsonObject } from '../json';

/** What a hook is told. */
export interface HookEvent {
  readonly claimCertificateId: string;
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly templateArn: string;
  readonly clientId: string;
  readonly parameters: { readonly [name: string]: string };
}

/** A provisioning template of the registry. */
export interface ProvisioningTemplate {
  readonly templateName: string;
  readonly arn: string;
  /** `FLEET_PROVISIONING` where absent. */
  readonly type?: 'FLEET_PROVISIONING' | 'JITP';
  readonly enabled: boolean;
  readonly body: JsonObject;
  readonly description?: string;
  readonly roleArn?: string;
  readonly hookArn?: string;
  readonly createdAt?: number;
  /** Runs the pre-provisioning hook; rejects where the function fails. */
  readonly hook?: (event: HookEvent) => Promise<unknown>;
  /** The provisioning role, which has to allow what a registration does; throws where it does not trust AWS IoT. Absent: everything is allowed. */
  readonly assumeRole?: () => Caller;
}
