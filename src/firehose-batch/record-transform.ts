import * as lambda from 'aws-cdk-lib/aws-lambda';

/** What happens to records between the stream and the bucket. */
export class RecordTransform {
  /**
   * The function of the library: flat rows with snake_case columns, one JSON object a line.
   *
   * Records that are no JSON objects fail and go to the error prefix with the bytes that came.
   */
  public static flatten(): RecordTransform {
    return new RecordTransform(true);
  }

  /**
   * A function of yours. It answers every record once, ends each row with a newline, and names the partition keys where
   * there are any.
   *
   * @param transformFunction the function, which may run for up to five minutes
   * @see https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
   */
  public static fromFunction(transformFunction: lambda.IFunction): RecordTransform {
    return new RecordTransform(false, transformFunction);
  }

  /** Records are delivered as the rule wrote them, each with a newline after it. */
  public static none(): RecordTransform {
    return new RecordTransform(false);
  }

  /**
   * Whether the pipeline makes the function.
   *
   * @internal
   */
  public readonly _isFlatten: boolean;

  /**
   * The function that was given.
   *
   * @internal
   */
  public readonly _function?: lambda.IFunction;

  private constructor(isFlatten: boolean, transformFunction?: lambda.IFunction) {
    this._isFlatten = isFlatten;
    this._function = transformFunction;
  }
}
