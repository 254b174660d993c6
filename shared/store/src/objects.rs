//! The few S3 calls that the engine makes, over the SDK's client, on the one data bucket.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use bytes::Bytes;

use crate::error::{StoreError, sdk};

const STORE: &str = "S3";

/// The data bucket.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    client: Client,
    bucket: String,
}

impl Objects {
    pub(crate) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// Another bucket, with the same client.
    pub(crate) fn in_bucket(&self, bucket: &str) -> Self {
        Self::new(self.client.clone(), bucket.to_owned())
    }

    pub(crate) async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), StoreError> {
        self.put_encrypted(key, body, None).await
    }

    /// Puts an object, encrypted with a KMS key or as the bucket says.
    pub(crate) async fn put_encrypted(
        &self,
        key: &str,
        body: Vec<u8>,
        kms_key: Option<String>,
    ) -> Result<(), StoreError> {
        self.put_with(key, body, kms_key, &[]).await
    }

    /// The same with metadata.
    pub(crate) async fn put_with(
        &self,
        key: &str,
        body: Vec<u8>,
        kms_key: Option<String>,
        metadata: &[(&str, &str)],
    ) -> Result<(), StoreError> {
        let mut request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(body));
        for (name, value) in metadata {
            request = request.metadata(*name, *value);
        }
        let encryption = kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms);
        let request = request.set_server_side_encryption(encryption).set_ssekms_key_id(kms_key);
        request.send().await.map_err(|error| sdk(STORE, "PutObject", error))?;
        Ok(())
    }

    /// The whole object, or a range of its bytes.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not there.
    pub(crate) async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Bytes, StoreError> {
        let header = range.map(|range| format!("bytes={}-{}", range.start, range.end.saturating_sub(1)));
        let request = self.client.get_object().bucket(&self.bucket).key(key).set_range(header);
        let answer = request.send().await.map_err(|error| {
            let missing = error
                .as_service_error()
                .is_some_and(aws_sdk_s3::operation::get_object::GetObjectError::is_no_such_key);
            if missing { StoreError::Gone(key.to_owned()) } else { sdk(STORE, "GetObject", error) }
        })?;
        let body = answer.body.collect().await.map_err(|error| StoreError::Unavailable {
            store: STORE,
            call: "GetObject",
            message: error.to_string(),
        })?;
        Ok(body.into_bytes())
    }

    /// The status of an answer about the bucket itself: 200, or S3's refusal.
    ///
    /// # Errors
    /// When S3 does not answer.
    pub(crate) async fn bucket_status(&self) -> Result<u16, StoreError> {
        match self.client.head_bucket().bucket(&self.bucket).send().await {
            Ok(_) => Ok(200),
            Err(error) => {
                let status = error.raw_response().map(|raw| raw.status().as_u16());
                status.filter(|status| *status < 500).ok_or_else(|| sdk(STORE, "HeadBucket", error))
            }
        }
    }

    /// Deletes an object; one that is not there is no error.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let request = self.client.delete_object().bucket(&self.bucket).key(key);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let missing = error.raw_response().is_some_and(|raw| raw.status().as_u16() == 404);
                if missing { Ok(()) } else { Err(sdk(STORE, "DeleteObject", error)) }
            }
        }
    }

    /// The keys below a prefix, one page at a time: `(keys, next page's token)`.
    pub(crate) async fn list(
        &self,
        prefix: &str,
        token: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_continuation_token(token)
            .send()
            .await
            .map_err(|error| sdk(STORE, "ListObjectsV2", error))?;
        let keys = page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key).collect();
        Ok((keys, page.next_continuation_token))
    }
}
