import {
  CreateKeysAndCertificateCommand, DeleteCertificateCommand, DescribeCertificateCommand, DetachPolicyCommand, IoTClient, ListAttachedPoliciesCommand,
  ResourceNotFoundException, UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { DescribeSecretCommand, PutSecretValueCommand, SecretsManagerClient, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { ClaimDeps, makeClaim } from './core';
import { readSecretArn } from './env';
import { answering, CustomResourceEvent } from '../../private/custom-resource/answer';

const CURRENT = 'AWSCURRENT';

/** The two services behind a claim. Keys go from the one to the other and nowhere else. */
export function services(iot: IoTClient, secrets: SecretsManagerClient, secretArn: string): ClaimDeps {
  const versions = async () => (await secrets.send(new DescribeSecretCommand({ SecretId: secretArn }))).VersionIdsToStages ?? {};
  const versionWith = async (label: string) => Object.entries(await versions()).find(([, labels]) => labels.includes(label))?.[0];
  return {
    createCertificate: async () => {
      const { certificateId, certificateArn, certificatePem, keyPair } = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: false }));
      return { certificateId: certificateId!, certificateArn: certificateArn!, certificatePem: certificatePem!, privateKey: keyPair!.PrivateKey! };
    },
    findCertificate: async certificateId => unlessGone(async () => {
      const { certificateDescription } = await iot.send(new DescribeCertificateCommand({ certificateId }));
      return { certificateArn: certificateDescription!.certificateArn!, status: certificateDescription!.status! };
    }),
    setStatus: async (certificateId, newStatus) => {
      await iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));
    },
    detachPolicies: async (target) => {
      // The first page again and again: every policy that is detached shortens the list.
      for (;;) {
        const { policies = [] } = await iot.send(new ListAttachedPoliciesCommand({ target }));
        if (policies.length === 0) return;
        for (const { policyName } of policies) await unlessGone(() => iot.send(new DetachPolicyCommand({ policyName, target })));
      }
    },
    deleteCertificate: async (certificateId) => {
      await unlessGone(() => iot.send(new DeleteCertificateCommand({ certificateId })));
    },
    store: async ({ certificateId, certificateArn, certificatePem, privateKey }, label) => {
      await secrets.send(new PutSecretValueCommand({
        SecretId: secretArn,
        SecretString: JSON.stringify({ certificateId, certificateArn, certificatePem, privateKey }),
        ClientRequestToken: certificateId,
        VersionStages: [CURRENT, label],
      }));
    },
    stored: versionWith,
    makeCurrent: async (certificateId) => {
      const current = await versionWith(CURRENT);
      if (current === certificateId) return;
      await secrets.send(new UpdateSecretVersionStageCommand({
        SecretId: secretArn, VersionStage: CURRENT, MoveToVersionId: certificateId, RemoveFromVersionId: current,
      }));
    },
  };
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

let run: ReturnType<typeof answering> | undefined;
/** Built at the first event, so that importing this file does nothing. */
export const handler = async (event: CustomResourceEvent): Promise<void> =>
  (run ??= answering(makeClaim(services(new IoTClient({}), new SecretsManagerClient({}), readSecretArn(process.env)))))(event);
