//! Buckets and objects as folders and files: the crate `s3s-fs`, with some of its gaps closed.
//!
//! It promises `encoding-type=url` in its lists and does not do it: a client then decoded a key that was not encoded, and a
//! `%2F` in it became a slash. boto3 and DuckDB always ask for it.
//!
//! It makes a bucket that is put to and is not there. In S3 that is an error, which a wrong name is found by.
//!
//! `s3s-fs` keeps what it knows of an object (user metadata, ETag) in files beside the buckets, whose names hold the object's
//! whole key. A file's name has at most 255 bytes, so a key of more than about 150 could not be put; and the files stayed
//! when their object was deleted. Here an object with a long key is put without them: its ETag is then computed at each
//! read, and its user metadata stand in a file whose name is a hash of the key.

use std::fmt::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
#[allow(clippy::wildcard_imports, reason = "the inputs and outputs of everything below")]
use s3s::dto::*;
use s3s::{S3, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

/// The longest name of a file in the usual file systems, in bytes.
const LONGEST_NAME: usize = 255;

/// Where objects with long keys are written before they are moved to their place. No bucket has such a name.
const STAGING: &str = ".staging";

/// Bodies up to this many bytes are read at once.
const AT_ONCE: usize = 64 << 20;

/// The files of an S3.
#[derive(Debug)]
pub(super) struct Files {
    inner: FileSystem,
    root: PathBuf,
    staged: AtomicU64,
}

impl Files {
    /// An S3 whose buckets are folders of `root`.
    ///
    /// # Errors
    /// When `root` is not there or cannot be used.
    pub(super) fn new(root: &Path) -> Result<Self, String> {
        let inner = FileSystem::new(root).map_err(|error| format!("{}: {error:?}", root.display()))?;
        // What a process left that died on the way.
        match std::fs::remove_dir_all(root.join(STAGING)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{}: {error}", root.join(STAGING).display()))
            }
            _ => Ok(Self { inner, root: root.to_owned(), staged: AtomicU64::new(0) }),
        }
    }

    /// # Errors
    /// `NoSuchBucket`.
    fn has_bucket(&self, bucket: &str) -> S3Result<()> {
        if self.root.join(bucket).is_dir() {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"))
        }
    }

    /// Puts an object whose key is too long for the files beside it.
    async fn put_long(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = &mut request.input;
        let metadata = input.metadata.take().unwrap_or_default();
        let noted = self.root.join(long_metadata(&input.bucket, &input.key));
        if input.if_match.is_some() || input.if_none_match.is_some() {
            return Err(s3_error!(
                NotImplemented,
                "An object with so long a key cannot be put on a condition here"
            ));
        }
        let place = Path::new(&input.bucket).join(&input.key);
        if !place.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(s3_error!(InvalidArgument, "A key has no . and .. in its path here"));
        }
        let place = self.root.join(place);
        let number = self.staged.fetch_add(1, Ordering::Relaxed).to_string();
        (input.bucket, input.key) = (STAGING.to_owned(), number.clone());
        let put = self.inner.put_object(request).await;
        self.forget(STAGING, &number).await;
        let staged = self.root.join(STAGING).join(number);
        let answer = match put {
            Ok(answer) => answer,
            Err(error) => {
                // It may not have been written at all.
                let _ = tokio::fs::remove_file(staged).await;
                return Err(error);
            }
        };
        let moved = async {
            tokio::fs::create_dir_all(place.parent().unwrap_or(&self.root)).await?;
            if !metadata.is_empty() {
                tokio::fs::write(noted, serde_json::to_vec(&metadata)?).await?;
            } else if let Err(error) = tokio::fs::remove_file(noted).await
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(error);
            }
            tokio::fs::rename(staged, &place).await
        };
        moved.await.map_err(|error| s3_error!(error, InternalError))?;
        Ok(answer)
    }

    /// Takes the body of an answer from the file in one piece. As a stream, `s3s-fs` reads 4 KiB at a time, each with a hop
    /// to another thread, and after the last byte of a range it goes on to the end of the file.
    async fn read_at_once(&self, place: &Path, answer: &mut GetObjectOutput) -> S3Result<()> {
        let length = answer.content_length.and_then(|length| usize::try_from(length).ok());
        let Some(length) = length.filter(|length| *length <= AT_ONCE) else { return Ok(()) };
        if !place.components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(());
        }
        let start = answer.content_range.as_deref().map_or(Some(0), first_byte);
        let Some(start) = start else { return Ok(()) };
        let place = self.root.join(place);
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; length];
            std::fs::File::open(place)?.read_exact_at(&mut bytes, start).map(|()| bytes)
        });
        let read = read.await.map_err(|error| s3_error!(error, InternalError))?;
        let bytes = read.map_err(|error| {
            // It was deleted since the answer was made.
            let gone = error.kind() == std::io::ErrorKind::NotFound;
            if gone { s3_error!(NoSuchKey) } else { s3_error!(error, InternalError) }
        })?;
        answer.body = Some(s3s::Body::from(bytes::Bytes::from(bytes)).into());
        Ok(())
    }

    /// Deletes the files beside an object. They are only of use to who has the object, so a failure is none.
    async fn forget(&self, bucket: &str, key: &str) {
        for name in beside(bucket, key) {
            let _ = tokio::fs::remove_file(self.root.join(name)).await;
        }
        let _ = tokio::fs::remove_file(self.root.join(long_metadata(bucket, key))).await;
    }

    /// The user metadata of an object with a long key.
    async fn metadata(&self, bucket: &str, key: &str) -> Option<Metadata> {
        if !is_long(bucket, key) {
            return None;
        }
        let noted = tokio::fs::read(self.root.join(long_metadata(bucket, key))).await.ok()?;
        serde_json::from_slice(&noted).ok()
    }
}

/// The first byte of a `Content-Range: bytes 5-9/100`.
fn first_byte(range: &str) -> Option<u64> {
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

/// The names of the files that `s3s-fs` writes beside an object.
fn beside(bucket: &str, key: &str) -> [String; 2] {
    let (bucket, key) = (URL_SAFE_NO_PAD.encode(bucket), URL_SAFE_NO_PAD.encode(key));
    ["metadata", "internal"].map(|kind| format!(".bucket-{bucket}.object-{key}.{kind}.json"))
}

/// The name of the file with the user metadata of an object whose key is too long for [`beside`].
fn long_metadata(bucket: &str, key: &str) -> String {
    let hash = xxhash_rust::xxh3::xxh3_128(format!("{bucket}/{key}").as_bytes());
    format!(".metadata-{hash:032x}.json")
}

/// Percent-encodes what `encoding-type=url` asks for, which is all but unreserved characters and slashes.
fn encode(text: &mut String) {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    *text = encoded;
}

/// Encodes the keys of a list and of the prefixes that stand for many keys.
fn encode_keys(contents: &mut Option<ObjectList>, prefixes: &mut Option<CommonPrefixList>) {
    contents.iter_mut().flatten().filter_map(|object| object.key.as_mut()).for_each(encode);
    prefixes.iter_mut().flatten().filter_map(|prefix| prefix.prefix.as_mut()).for_each(encode);
}

fn wants_encoding(asked: Option<&EncodingType>) -> bool {
    asked.is_some_and(|asked| asked.as_str() == EncodingType::URL)
}

fn is_long(bucket: &str, key: &str) -> bool {
    beside(bucket, key).iter().any(|name| name.len() > LONGEST_NAME)
}

macro_rules! as_it_is {
    ($($method:ident $input:ident $output:ident;)*) => {
        #[async_trait]
        impl S3 for Files {
            $(async fn $method(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.inner.$method(request).await
            })*

            async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
                self.has_bucket(&request.input.bucket)?;
                if is_long(&request.input.bucket, &request.input.key) {
                    return self.put_long(request).await;
                }
                self.inner.put_object(request).await
            }

            async fn create_multipart_upload(
                &self,
                request: S3Request<CreateMultipartUploadInput>,
            ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
                self.has_bucket(&request.input.bucket)?;
                self.inner.create_multipart_upload(request).await
            }

            async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
                let place = Path::new(&request.input.bucket).join(&request.input.key);
                let metadata = self.metadata(&request.input.bucket, &request.input.key).await;
                let mut answer = match self.inner.get_object(request).await {
                    // `s3s-fs` opens the file and what is beside it one after the other: it was deleted in between.
                    Err(error)
                        if *error.code() == S3ErrorCode::InternalError && !self.root.join(&place).exists() =>
                    {
                        return Err(s3_error!(NoSuchKey));
                    }
                    answer => answer?,
                };
                self.read_at_once(&place, &mut answer.output).await?;
                if metadata.is_some() {
                    answer.output.metadata = metadata;
                }
                Ok(answer)
            }

            async fn head_object(
                &self,
                request: S3Request<HeadObjectInput>,
            ) -> S3Result<S3Response<HeadObjectOutput>> {
                let metadata = self.metadata(&request.input.bucket, &request.input.key).await;
                let mut answer = self.inner.head_object(request).await?;
                if metadata.is_some() {
                    answer.output.metadata = metadata;
                }
                Ok(answer)
            }

            async fn list_objects(
                &self,
                request: S3Request<ListObjectsInput>,
            ) -> S3Result<S3Response<ListObjectsOutput>> {
                let encoded = wants_encoding(request.input.encoding_type.as_ref());
                let mut answer = self.inner.list_objects(request).await?;
                if encoded {
                    let list = &mut answer.output;
                    encode_keys(&mut list.contents, &mut list.common_prefixes);
                    let others = [&mut list.prefix, &mut list.delimiter, &mut list.marker, &mut list.next_marker];
                    others.into_iter().flatten().for_each(encode);
                }
                Ok(answer)
            }

            async fn list_objects_v2(
                &self,
                request: S3Request<ListObjectsV2Input>,
            ) -> S3Result<S3Response<ListObjectsV2Output>> {
                let encoded = wants_encoding(request.input.encoding_type.as_ref());
                let mut answer = self.inner.list_objects_v2(request).await?;
                if encoded {
                    let list = &mut answer.output;
                    encode_keys(&mut list.contents, &mut list.common_prefixes);
                    let others = [&mut list.prefix, &mut list.delimiter, &mut list.start_after];
                    others.into_iter().flatten().for_each(encode);
                }
                Ok(answer)
            }

            async fn delete_object(
                &self,
                request: S3Request<DeleteObjectInput>,
            ) -> S3Result<S3Response<DeleteObjectOutput>> {
                let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
                let answer = self.inner.delete_object(request).await?;
                self.forget(&bucket, &key).await;
                Ok(answer)
            }

            async fn delete_objects(
                &self,
                request: S3Request<DeleteObjectsInput>,
            ) -> S3Result<S3Response<DeleteObjectsOutput>> {
                let bucket = request.input.bucket.clone();
                let answer = self.inner.delete_objects(request).await?;
                for key in answer.output.deleted.iter().flatten().filter_map(|object| object.key.as_deref()) {
                    self.forget(&bucket, key).await;
                }
                Ok(answer)
            }
        }
    };
}

as_it_is! {
    abort_multipart_upload AbortMultipartUploadInput AbortMultipartUploadOutput;
    complete_multipart_upload CompleteMultipartUploadInput CompleteMultipartUploadOutput;
    copy_object CopyObjectInput CopyObjectOutput;
    create_bucket CreateBucketInput CreateBucketOutput;
    delete_bucket DeleteBucketInput DeleteBucketOutput;
    get_bucket_location GetBucketLocationInput GetBucketLocationOutput;
    head_bucket HeadBucketInput HeadBucketOutput;
    list_buckets ListBucketsInput ListBucketsOutput;
    list_parts ListPartsInput ListPartsOutput;
    upload_part UploadPartInput UploadPartOutput;
    upload_part_copy UploadPartCopyInput UploadPartCopyOutput;
}
