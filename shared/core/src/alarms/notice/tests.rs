use super::super::alarm::{Actions, CompositeAlarm, MetricAlarm, MetricStat, Source, Suppressor, Watches};
use super::super::{AlarmState, Comparison, TreatMissingData};
use super::*;
use crate::time::Timestamp;

const AT: Timestamp = Timestamp::from_millis(1_747_378_102_295);

fn alarm() -> Alarm {
    let state = State {
        value: AlarmState::Alarm,
        reason:
            "Threshold Crossed: 1 datapoint [0.35 (16/05/25 06:45:00)] was less than the threshold (1.0)."
                .to_owned(),
        reason_data: Some(r#"{"version":"1.0","threshold":1.0}"#.to_owned()),
        updated: AT,
        transitioned: AT,
    };
    let stat = MetricStat {
        namespace: "AWS/ECS".to_owned(),
        metric_name: "CPUUtilization".to_owned(),
        dimensions: vec![
            ("ServiceName".to_owned(), "hub".to_owned()),
            ("ClusterName".to_owned(), "one".to_owned()),
        ],
        statistic: "Average".to_owned(),
        unit: None,
        period: 60,
    };
    let metric = MetricAlarm {
        source: Source::Single(stat),
        evaluation_periods: 3,
        datapoints_to_alarm: Some(3),
        threshold: 1.0,
        comparison: Comparison::LessThan,
        treat_missing_data: Some(TreatMissingData::Missing),
        low_sample_count: None,
    };
    Alarm {
        name: "low".to_owned(),
        description: Some("Below 1 %".to_owned()),
        actions_enabled: true,
        actions: Actions {
            alarm: vec!["arn:aws:sns:eu-west-1:783764586577:ops".to_owned()],
            ..Actions::default()
        },
        watches: Watches::Metric(metric),
        configured: AT.plus_millis(-1_000),
        state,
    }
}

fn old() -> State {
    State {
        value: AlarmState::Ok,
        reason: "fine".to_owned(),
        reason_data: None,
        updated: AT.plus_millis(-60_000),
        transitioned: AT.plus_millis(-60_000),
    }
}

fn transition<'a>(alarm: &'a Alarm, old: &'a State) -> Transition<'a> {
    Transition { alarm, old, old_suppressed: None, account: "783764586577", region: "eu-west-1" }
}

#[test]
fn the_message_is_what_aws_publishes() {
    let (alarm, old) = (alarm(), old());
    assert_eq!(transition(&alarm, &old).subject(), r#"ALARM: "low" in EU (Ireland)"#);
    assert_eq!(
        transition(&alarm, &old).message(),
        r#"{"AlarmName":"low","AlarmDescription":"Below 1 %","AWSAccountId":"783764586577","AlarmConfigurationUpdatedTimestamp":"2025-05-16T06:48:21.295+0000","NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: 1 datapoint [0.35 (16/05/25 06:45:00)] was less than the threshold (1.0).","StateChangeTime":"2025-05-16T06:48:22.295+0000","Region":"EU (Ireland)","AlarmArn":"arn:aws:cloudwatch:eu-west-1:783764586577:alarm:low","OldStateValue":"OK","OKActions":[],"AlarmActions":["arn:aws:sns:eu-west-1:783764586577:ops"],"InsufficientDataActions":[],"Trigger":{"MetricName":"CPUUtilization","Namespace":"AWS/ECS","StatisticType":"Statistic","Statistic":"AVERAGE","Unit":null,"Dimensions":[{"value":"hub","name":"ServiceName"},{"value":"one","name":"ClusterName"}],"Period":60,"EvaluationPeriods":3,"DatapointsToAlarm":3,"ComparisonOperator":"LessThanThreshold","Threshold":1.0,"TreatMissingData":"missing","EvaluateLowSampleCountPercentile":""}}"#
    );
}

#[test]
fn long_names_are_cut_in_the_subject() {
    let alarm = Alarm { name: "x".repeat(200), ..alarm() };
    let old = old();
    let subject = transition(&alarm, &old).subject();
    assert_eq!(subject.len(), 100);
    assert!(subject.ends_with(r#"x..." in EU (Ireland)"#), "{subject}");
}

#[test]
fn the_lambda_event() {
    let (alarm, old) = (alarm(), old());
    let event: serde_json::Value = serde_json::from_str(&transition(&alarm, &old).lambda_event()).unwrap();
    let mut expected = serde_json::json!({
        "source": "aws.cloudwatch",
        "alarmArn": "arn:aws:cloudwatch:eu-west-1:783764586577:alarm:low",
        "accountId": "783764586577",
        "time": "2025-05-16T06:48:22.295+0000",
        "region": "eu-west-1",
        "alarmData": {
            "alarmName": "low",
            "state": {
                "value": "ALARM",
                "reason": alarm.state.reason,
                "reasonData": alarm.state.reason_data,
                "timestamp": "2025-05-16T06:48:22.295+0000",
            },
            "previousState": { "value": "OK", "reason": "fine", "timestamp": "2025-05-16T06:47:22.295+0000" },
            "configuration": {
                "description": "Below 1 %",
                "metrics": [{
                    "id": "",
                    "metricStat": {
                        "metric": {
                            "namespace": "AWS/ECS",
                            "name": "CPUUtilization",
                            "dimensions": { "ServiceName": "hub", "ClusterName": "one" },
                        },
                        "period": 60,
                        "stat": "Average",
                    },
                    "returnData": true,
                }],
            },
        },
    });
    expected["alarmData"]["configuration"]["metrics"][0]["id"] =
        event["alarmData"]["configuration"]["metrics"][0]["id"].clone();
    assert_eq!(event, expected);
}

#[test]
fn composites_tell_who_triggered_them() {
    let data = r#"{"triggeringAlarms":[{"arn":"arn:x","state":{"value":"ALARM","timestamp":"2025-05-16T06:48:22.295+0000"}}]}"#;
    let mut alarm = alarm();
    alarm.state.reason_data = Some(data.to_owned());
    alarm.watches = Watches::Composite(CompositeAlarm {
        rule: "ALARM(x)".to_owned(),
        suppressor: Some(Suppressor { alarm: "quiet".to_owned(), wait: 120, extension: 180 }),
        suppressed: None,
    });
    let old = old();
    let message = transition(&alarm, &old).message();
    assert!(
        message.ends_with(r#""AlarmRule":"ALARM(x)","TriggeringChildren":[{"Arn":"arn:x","State":{"Timestamp":"2025-05-16T06:48:22.295+0000","Value":"ALARM"}}]}"#),
        "{message}"
    );
    let with = Transition { old_suppressed: Some(SuppressedBy::WaitPeriod), ..transition(&alarm, &old) };
    let event: serde_json::Value = serde_json::from_str(&with.event("1")).unwrap();
    assert_eq!(event["time"], "2025-05-16T06:48:22Z");
    assert_eq!(
        event["detail"]["previousState"]["actionsSuppressedReason"],
        "Actions suppressed by WaitPeriod"
    );
    assert_eq!(
        event["detail"]["configuration"],
        serde_json::json!({
            "description": "Below 1 %",
            "alarmRule": "ALARM(x)",
            "actionsSuppressor": "quiet",
            "actionsSuppressorWaitPeriod": 120,
            "actionsSuppressorExtensionPeriod": 180,
        })
    );
}

#[test]
fn history() {
    let (alarm, old) = (alarm(), old());
    assert_eq!(
        transition(&alarm, &old).history_data(),
        format!(
            r#"{{"version":"1.0","oldState":{{"stateValue":"OK","stateReason":"fine"}},"newState":{{"stateValue":"ALARM","stateReason":"{}","stateReasonData":{{"version":"1.0","threshold":1.0}}}}}}"#,
            alarm.state.reason
        )
    );
    assert_eq!(Configured::Created.summary("low"), r#"Alarm "low" created"#);
    assert_eq!(
        Configured::Created.data(&alarm, "1", "eu-west-1"),
        r#"{"version":"1.0","type":"Create","createdAlarm":{"alarmName":"low","alarmDescription":"Below 1 %","alarmArn":"arn:aws:cloudwatch:eu-west-1:1:alarm:low","alarmConfigurationUpdatedTimestamp":"2025-05-16T06:48:21.295+0000","namespace":"AWS/ECS","metricName":"CPUUtilization","statistic":"Average","period":60,"dimensions":[{"value":"hub","name":"ServiceName"},{"value":"one","name":"ClusterName"}],"threshold":1.0,"comparisonOperator":"LessThanThreshold","evaluationPeriods":3,"datapointsToAlarm":3,"treatMissingData":"missing","stateValue":"ALARM","stateUpdatedTimestamp":"2025-05-16T06:48:22.295+0000","actionsEnabled":true,"alarmActions":["arn:aws:sns:eu-west-1:783764586577:ops"],"insufficientDataActions":[],"okactions":[]}}"#
    );
    assert_eq!(
        Acted::Failed("gone".to_owned()).data("arn:t", AT, "{}"),
        r#"{"actionState":"Failed","stateUpdateTimestamp":1747378102295,"notificationResource":"arn:t","publishedMessage":null,"error":"gone"}"#
    );
    assert_eq!(Acted::Succeeded.summary("arn:t"), "Successfully executed action arn:t");
    assert!(Acted::Succeeded.data("arn:t", AT, &"x".repeat(5_000)).len() < 4_095);
}
