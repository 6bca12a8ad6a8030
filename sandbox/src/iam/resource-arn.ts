/**
 * ARN of what carries the policy that a call is held against: the bucket of an object, the function of a version or alias.
 *
 * Else the resource itself.
 */
export function policyCarrierOf(resource: string): string {
  const [arn, partition, service, region, account, ...rest] = resource.split(':');
  const carrier = service === 's3' ? rest.join(':').split('/')[0] : service === 'lambda' ? rest.slice(0, 2).join(':') : rest.join(':');
  return rest.length === 0 ? resource : [arn, partition, service, region, account, carrier].join(':');
}

export function serviceOf(resource: string): string {
  return resource.split(':')[2] ?? '';
}

/**
 * ARN of a queue by its URL: `https://sqs.eu-west-1.amazonaws.com/111122223333/name`, or wherever else it is listened for.
 *
 * @param here - Region and account of URLs that do not tell theirs
 */
export function queueArnOf(url: string, here: { readonly partition: string; readonly region: string; readonly account: string }): string {
  const [name, account = ''] = url.split('/').reverse();
  const region = /^https?:\/\/sqs\.([^.]+)\.amazonaws\./.exec(url)?.[1] ?? here.region;
  return `arn:${here.partition}:sqs:${region}:${/^\d{12}$/.test(account) ? account : here.account}:${name}`;
}
