/** Names of the properties that the construct sets on its custom resource and the handler reads. */
export const DETACHMENT_PROPERTIES = { policyName: 'PolicyName' } as const;
