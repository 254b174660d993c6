//! How CloudWatch Logs words its errors: the error's shape and the exact message.
//!
//! Messages are as AWS's users quoted them in public issue trackers. Where no quotation was found, the function says "wording not confirmed".
