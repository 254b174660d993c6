//! DescribeAlarmHistory: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html>.
//!
//! "If you omit this parameter [`AlarmTypes`], only metric alarms are returned", also when the name is a composite alarm's. There are no
//! alarms with contributors here: who asks for a contributor, or for what happened to one, finds nothing.

use ulid::Ulid;
use watchtrail_core::time::Timestamp;
use watchtrail_service::wording::alarms as wording;
use watchtrail_service::{Fault, Operation, Request, store_fault};
use watchtrail_store::Order;
use watchtrail_store::alarms::{Happened, HistoryItem, HistoryPage, HistoryQuery};
use watchtrail_wire::shapes::cloudwatch::{
    AlarmHistoryItem, DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput,
};

use crate::alarms::shape;
use crate::faults::worded;
use watchtrail_service::token;

/// Items on a page.
const PAGE: i32 = 100;

pub(crate) struct DescribeAlarmHistory;

impl Operation for DescribeAlarmHistory {
    const NAME: &'static str = "DescribeAlarmHistory";
    type Input = DescribeAlarmHistoryInput;
    type Output = DescribeAlarmHistoryOutput;

    async fn run(request: &Request<'_>, mut input: Self::Input) -> Result<Self::Output, Fault> {
        let page = usize::try_from(input.max_records.take().unwrap_or(PAGE)).unwrap_or_default();
        let given = input.next_token.take();
        let fingerprint = token::fingerprint(&request.scope().to_string(), &input);
        let invalid = || worded(wording::next_token());
        let after = given
            .map(|given| {
                let place: String = token::read(&given, fingerprint).map_err(|_| invalid())?;
                Ulid::from_string(&place).map_err(|_| invalid())
            })
            .transpose()?;
        let found = read(request, input, after, page).await?;
        let last = found.items.last().filter(|_| found.more);
        Ok(DescribeAlarmHistoryOutput {
            next_token: last.and_then(|last| token::write(fingerprint, &last.id.to_string())),
            alarm_history_items: Some(found.items.into_iter().map(item).collect()),
        })
    }
}

async fn read(
    request: &Request<'_>,
    input: DescribeAlarmHistoryInput,
    after: Option<Ulid>,
    limit: usize,
) -> Result<HistoryPage, Fault> {
    let happened = input.history_item_type.as_deref().map(Happened::parse);
    if input.alarm_contributor_id.is_some() || happened == Some(None) {
        return Ok(HistoryPage::default());
    }
    let types = input.alarm_types.filter(|types| !types.is_empty());
    let types = types.unwrap_or_else(|| vec!["MetricAlarm".to_owned()]);
    let millis = |at: watchtrail_wire::Timestamp| Timestamp::from_millis(at.millis());
    let query = HistoryQuery {
        alarm: input.alarm_name.as_deref(),
        happened: happened.flatten(),
        alarm_types: &types,
        start: input.start_date.map_or(Timestamp::from_millis(0), millis),
        end: input.end_date.map_or(Timestamp::MAX, millis),
        order: match input.scan_by.as_deref() {
            Some("TimestampAscending") => Order::Ascending,
            _ => Order::Descending,
        },
        after,
        limit,
    };
    let alarms = &request.context.store.alarms;
    alarms.history(request.scope(), &query, request.now).await.map_err(store_fault)
}

fn item(item: HistoryItem) -> AlarmHistoryItem {
    AlarmHistoryItem {
        alarm_name: Some(item.alarm),
        alarm_type: Some(item.alarm_type),
        timestamp: Some(shape::time(item.at)),
        history_item_type: Some(item.happened.as_str().to_owned()),
        history_summary: Some(item.summary),
        history_data: Some(item.data),
        ..AlarmHistoryItem::default()
    }
}
