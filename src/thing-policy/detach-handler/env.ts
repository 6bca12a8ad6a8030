/** Names of the properties that the construct sets on its custom resource and the handler reads. */
export const DETACHMENT_PROPERTIES = { policyArn: 'PolicyArn' } as const;

/**
 * The tag of a policy that is deleted with its construct. Its value is the logical id of the one custom resource that may detach it.
 *
 * Without it, or with another value, a Delete is only the end of that custom resource, and the fleet goes on with its policy: the
 * removal policy became RETAIN, or the custom resource has another logical id now.
 */
export const DETACH_TAG = 'cdk-iot-landing-zone:detach-on-delete';
