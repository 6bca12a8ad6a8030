import { FormatConversion } from './stream-definition';

/** Why a record is in the error output. Types as `!{firehose:error-output-type}` writes them. */
export interface RecordFailure {
  readonly type: 'processing-failed' | 'partitioning-failed' | 'format-conversion-failed';
  readonly code: string;
  readonly message: string;
  /** How often the function was invoked with it. */
  readonly attempts: number;
  readonly lambdaArn?: string;
}

interface FailedRecord { readonly recordId: string; readonly arrival: number; readonly data: Buffer }

/**
 * The line of an error object.
 *
 * The guide shows texts, and `lambdaArn`; captures of 2025 and 2026 have numbers, and `lambdaARN`. A record whose
 * conversion failed has other names for the same.
 *
 * @see https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
 * @see https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
export function errorLine({ recordId, arrival, data }: FailedRecord, failure: RecordFailure, now: number, conversion?: FormatConversion): string {
  const { type, code, message, attempts, lambdaArn } = failure;
  const conversionFailed = type === 'format-conversion-failed';
  return `${JSON.stringify({
    attemptsMade: attempts,
    arrivalTimestamp: arrival,
    ...conversionFailed ? { lastErrorCode: code, lastErrorMessage: message } : { errorCode: code, errorMessage: message },
    attemptEndingTimestamp: now,
    rawData: data.toString('base64'),
    ...conversionFailed && {
      sequenceNumber: recordId,
      subSequenceNumber: null,
      dataCatalogTable: conversion && { ...conversion.table, catalogArn: null },
    },
    ...lambdaArn !== undefined && { lambdaARN: lambdaArn },
  })}\n`;
}
