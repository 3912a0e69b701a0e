import { expect, test } from 'vitest';
import { s3Settings } from './s3-settings.js';

const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'very/secret+' };

test('AWS is asked by host name, and by path where a dot in the name would break its certificate', () => {
  expect(s3Settings('s3://pictures', keys)).toEqual({
    bucket: 'pictures',
    prefix: '',
    address: 'https://pictures.s3.us-east-1.amazonaws.com',
    region: 'us-east-1',
    accessKey: 'AKID',
    secretKey: 'very/secret+',
    sessionToken: undefined,
  });
  const address = (url: string, env = {}) => s3Settings(url, { ...keys, ...env }).address;
  expect(address('s3://pictures/a', { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'other' })).toBe(
    'https://pictures.s3.eu-west-1.amazonaws.com',
  );
  expect(address('s3://pictures/a', { AWS_REGION: '', AWS_DEFAULT_REGION: 'cn-north-1' })).toBe(
    'https://pictures.s3.cn-north-1.amazonaws.com.cn',
  );
  expect(address('s3://my.pictures/a')).toBe('https://s3.us-east-1.amazonaws.com/my.pictures');
});

test('own endpoints are asked by path', () => {
  const address = (env: Record<string, string>) => s3Settings('s3://pictures/a/b/', { ...keys, ...env }).address;
  expect(address({ AWS_ENDPOINT_URL: 'http://localhost:9000/' })).toBe('http://localhost:9000/pictures');
  expect(address({ AWS_ENDPOINT_URL: 'http://other', AWS_ENDPOINT_URL_S3: 'https://host/s3//' })).toBe(
    'https://host/s3/pictures',
  );
  expect(s3Settings('s3://pictures/a/b/', { ...keys, AWS_SESSION_TOKEN: 'token' })).toMatchObject({
    prefix: 'a/b',
    sessionToken: 'token',
  });
});

test.each([
  's3://',
  's3:///a',
  's3://ab',
  's3://Pictures',
  's3://-pictures',
  `s3://${'a'.repeat(64)}`,
  's3://pictures/a//b',
  's3://pictures/../b',
  's3://pictures/a?b',
  's3://pictures/ä',
  's3://pictures/a\nb',
  's3://user:password@pictures/a',
  'S3://pictures',
  `s3://pictures/${'a'.repeat(513)}`,
])('%j is no store', (url) => {
  expect(() => s3Settings(url, keys)).toThrow(expect.objectContaining({ code: 'blob/s3-url' }));
});

test('keys are needed, and never printed', () => {
  for (const env of [{}, { ...keys, AWS_SECRET_ACCESS_KEY: '' }, { ...keys, AWS_ACCESS_KEY_ID: '' }]) {
    expect(() => s3Settings('s3://pictures', env)).toThrow(expect.objectContaining({ code: 'blob/s3-keys' }));
  }
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    const settings = () => s3Settings('s3://pictures', { ...keys, [name]: 'hidden\nx: y' });
    expect(settings).toThrow(expect.objectContaining({ code: 'blob/s3-keys' }));
    expect(settings).not.toThrow(/hidden/);
  }
});

test('an endpoint is a plain address; a password in it is not printed', () => {
  for (const endpoint of ['localhost:9000', 'nonsense', 'ftp://host', 'http://u:hidden@host', 'http://host?a', 'http://host#a']) {
    const settings = () => s3Settings('s3://pictures', { ...keys, AWS_ENDPOINT_URL: endpoint });
    expect(settings).toThrow(expect.objectContaining({ code: 'blob/s3-endpoint' }));
    expect(settings).not.toThrow(/hidden/);
  }
  expect(() => s3Settings('s3://pictures', { ...keys, AWS_REGION: 'eu west/' })).toThrow(
    expect.objectContaining({ code: 'blob/s3-region' }),
  );
});
