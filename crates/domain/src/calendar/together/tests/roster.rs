//! Teams come, change and go, and their members' calendars follow (B2).

use uuid::Uuid;

use crate::calendar::command::{CalendarCommand as Command, RequestSeries};
use crate::calendar::event::{
    CalendarEvent, MeetingTypeChanged, MeetingTypeRemoved, TeamChanged, TeamDisbanded, TeamLeft, TeamMembersChanged,
};
use crate::calendar::recurrence::{Frequency, Recurrence};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::world::*;
use crate::calendar::scenario::*;
use crate::ids::{HostId, MeetingTypeId, ScheduleId, SeriesId, TeamId};
use crate::meeting_type::{MeetingType, Strategy};
use crate::team::Member;
use crate::text::{Name, Slug};
use crate::zone::Zone;

fn form(members: &[Member]) -> Command {
    Command::FormTeam {
        team_id: TEAM,
        name: Name::parse("Sales").expect("a name"),
        slug: Slug::parse("sales").expect("a slug"),
        owner: ANN,
        members: members.to_vec(),
    }
}

fn change_members(members: Vec<Member>) -> Command {
    Command::ChangeTeamMembers { members }
}

fn left() -> CalendarEvent {
    TeamLeft { team_id: TEAM }.into()
}

fn members_changed(members: Vec<Member>) -> CalendarEvent {
    TeamMembersChanged { members }.into()
}

fn removed() -> CalendarEvent {
    MeetingTypeRemoved { meeting_type_id: INTRO }.into()
}

fn pair() -> World {
    World::with_team(&roster(&[ANN, BEN]), &all_together())
}

fn broken(refusal: Refusal) -> (String, String) {
    let Refusal::Invalid(rules) = refusal else { panic!("{refusal:?}") };
    (rules[0].field.clone().into_owned(), rules[0].rule.clone().into_owned())
}

#[test]
fn a_team_is_formed_in_its_own_calendar_and_in_those_of_its_members() {
    let members = roster(&[ANN, BEN]);
    let world = World::of(&[ANN, BEN]);
    world.when(team(), &form(&members)).then([
        (team(), vec![formed(&members)]),
        (ANN, vec![joined()]),
        (BEN, vec![joined()]),
    ]);
    let there = World::with_team(&members, &all_together());
    there.when(team(), &form(&members)).then([]);
    let known = there.calendar(team()).team().expect("a team");
    assert_eq!((known.id, known.owner, &known.members, known.is_disbanded), (TEAM, ANN, &members, false));
    assert_eq!(there.calendar(ANN).availability().settings.teams, [TEAM]);
    World::of(&[]).when(team(), &form(&[])).then([(team(), vec![formed(&[])])]);
}

#[test]
fn whoever_decides_is_told_which_calendars_are_needed() {
    let mut world = World::of(&[ANN, BEN]);
    world.0.remove(&ANN);
    world.0.remove(&BEN);
    world.when(team(), &form(&roster(&[ANN, BEN]))).then_refused(&needs([ANN, BEN]));
    world.0.clear();
    world.when(team(), &form(&[])).then_refused(&needs([team()]));
    let mut world = pair();
    world.0.remove(&BEN);
    let add = Command::AddMeetingType { meeting_type: Box::new(all_together()) };
    for command in [add, Command::DisbandTeam, request(ADAS, "ada", at(9, 0))] {
        world.when(team(), &command).then_refused(&needs([BEN]));
    }
    world.when(team(), &change_members(roster(&[CAT]))).then_refused(&needs([BEN, CAT]));
    let alone = |command: &Command| pair().calendar(team()).decide(command, the_day_before());
    assert_eq!(alone(&Command::DisbandTeam), Err(needs([ANN, BEN])));
    let host = pair().calendar(ANN).decide(&form(&roster(&[BEN])), the_day_before());
    assert_eq!(host, Err(needs([BEN])));
}

#[test]
fn a_roster_has_rules() {
    let with = |change: fn(&mut Member)| {
        let mut members = roster(&[ANN, BEN]);
        change(&mut members[1]);
        broken(World::of(&[ANN, BEN]).when(team(), &form(&members)).refusal()).1
    };
    assert_eq!(with(|m| m.weight = 0), "must have weights from 1 to 100");
    assert_eq!(with(|m| m.weight = 101), "must have weights from 1 to 100");
    assert_eq!(with(|m| m.priority = 101), "must have priorities from 0 to 100");
    assert_eq!(with(|m| m.host_id = ANN), "must name each host once");
    let many: Vec<_> = (1_000..1_101).map(|n| Member::new(HostId(Uuid::from_u128(n)))).collect();
    assert_eq!(broken(World::of(&[]).when(team(), &form(&many)).refusal()).1, "must have at most 100 entries");
}

#[test]
fn members_are_hosts_and_in_few_teams() {
    let world = World::of(&[ANN]).given(CAT, []);
    assert_eq!(broken(world.when(team(), &form(&roster(&[ANN, CAT]))).refusal()).1, "must be hosts");
    let of_teams = pair().given(HostId(Uuid::from_u128(7)), [formed(&[])]);
    let nested = change_members(roster(&[ANN, HostId(Uuid::from_u128(7))]));
    assert_eq!(broken(of_teams.when(team(), &nested).refusal()).1, "must be hosts");
    let teams = (0..20).map(|n| crate::calendar::event::TeamJoined { team_id: TeamId(Uuid::from_u128(n)) }.into());
    let busy = World::of(&[ANN]).given(ANN, teams);
    assert_eq!(broken(busy.when(team(), &form(&roster(&[ANN]))).refusal()).1, "must be in at most 20 teams each");
    World::of(&[ANN]).when(ANN, &form(&roster(&[ANN]))).then_refused(&Refusal::TeamNotFound);
}

#[test]
fn a_team_changes_its_name_alone() {
    let (name, slug) = (Name::parse("Support").expect("a name"), Slug::parse("support").expect("a slug"));
    let rename = Command::ChangeTeam { name: name.clone(), slug: slug.clone() };
    let changed = CalendarEvent::from(TeamChanged { name, slug });
    pair().when(team(), &rename).then([(team(), vec![changed.clone()])]);
    pair().given(team(), [changed.clone()]).when(team(), &rename).then([]);
    assert_eq!(pair().calendar(team()).decide(&rename, the_day_before()), Ok(vec![changed]));
}

#[test]
fn who_comes_reads_the_teams_types_and_who_leaves_loses_them() {
    let world = pair().given(CAT, [opened()]);
    let after = roster(&[ANN, CAT]);
    world.when(team(), &change_members(after.clone())).then([
        (team(), vec![members_changed(after)]),
        (BEN, vec![removed(), left()]),
        (CAT, vec![joined(), offers(all_together())]),
    ]);
    world.when(team(), &change_members(roster(&[ANN, BEN]))).then([]);
    let weights = vec![Member { weight: 5, is_active: false, ..Member::new(ANN) }, Member::new(BEN)];
    world.when(team(), &change_members(weights.clone())).then([(team(), vec![members_changed(weights)])]);
    let twice = change_members(roster(&[ANN, ANN]));
    assert_eq!(broken(world.when(team(), &twice).refusal()).1, "must name each host once");
    let gone = pair().given(BEN, [removed(), left()]);
    assert!(gone.calendar(BEN).availability().settings.teams.is_empty());
    assert!(gone.calendar(BEN).availability().settings.meeting_types.is_empty());
}

#[test]
fn a_teams_types_stand_in_every_members_calendar() {
    let other = MeetingType {
        id: MeetingTypeId(Uuid::from_u128(9)),
        slug: Slug::parse("other").expect("a slug"),
        ..in_turn(Strategy::Priority)
    };
    let everywhere =
        |event: CalendarEvent| [(team(), vec![event.clone()]), (ANN, vec![event.clone()]), (BEN, vec![event])];
    let add = |meeting_type: MeetingType| Command::AddMeetingType { meeting_type: Box::new(meeting_type) };
    pair().when(team(), &add(other.clone())).then(everywhere(offers(other.clone())));
    let clash = MeetingType { slug: all_together().slug, ..other.clone() };
    pair().when(team(), &add(clash)).then_refused(&Refusal::SlugTaken);
    let change = Command::ChangeMeetingType { meeting_type: Box::new(in_turn(Strategy::Priority)) };
    let changed = MeetingTypeChanged { meeting_type: in_turn(Strategy::Priority) };
    pair().when(team(), &change).then(everywhere(changed.into()));
    pair().when(team(), &Command::RemoveMeetingType { meeting_type_id: INTRO }).then(everywhere(removed()));
    let unknown = Command::RemoveMeetingType { meeting_type_id: other.id };
    pair().when(team(), &unknown).then_refused(&Refusal::MeetingTypeNotFound);

    let own = MeetingType { team_id: None, ..intro() };
    assert_eq!(broken(pair().when(team(), &add(own)).refusal()).0, "team_id");
    let scheduled = MeetingType { schedule_id: Some(SCHEDULE), ..other };
    assert_eq!(broken(pair().when(team(), &add(scheduled)).refusal()).0, "schedule_id");
}

#[test]
fn a_member_neither_changes_the_teams_types_nor_collides_with_them() {
    let change = Command::ChangeMeetingType { meeting_type: Box::new(intro()) };
    let remove = Command::RemoveMeetingType { meeting_type_id: INTRO };
    for command in [change, remove] {
        pair().when(ANN, &command).then_refused(&Refusal::BelongsToTeam(TEAM));
    }
    let same_slug = MeetingType { id: MeetingTypeId(Uuid::from_u128(9)), ..intro() };
    let add = Command::AddMeetingType { meeting_type: Box::new(same_slug.clone()) };
    pair().when(ANN, &add).then([(ANN, vec![offers(same_slug.clone())])]);
    let world = pair().given(ANN, [offers(same_slug.clone())]);
    let settings = &world.calendar(ANN).availability().settings;
    assert_eq!(settings.meeting_type_by_slug("intro"), Some(&same_slug));
    assert_eq!(settings.own_meeting_types().count(), 1);
    assert_eq!(pair().calendar(team()).availability().settings.meeting_type_by_slug("intro"), Some(&all_together()));
}

#[test]
fn a_team_is_no_host_and_a_host_no_team() {
    let move_home = Command::ChangeTimeZone { time_zone: Zone::utc() };
    let open = Command::OpenCalendar { time_zone: Zone::utc(), schedule_id: ScheduleId(Uuid::nil()) };
    for command in [move_home, open] {
        pair().when(team(), &command).then_refused(&Refusal::IsATeam);
        assert_eq!(pair().calendar(team()).decide(&command, the_day_before()), Err(Refusal::IsATeam));
    }
    pair().when(team(), &cancel(ADAS)).then_refused(&Refusal::BookingNotFound);
    let series = || {
        Command::RequestSeries(Box::new(RequestSeries {
            series_id: SeriesId(Uuid::nil()),
            meeting_type_id: INTRO,
            start: at(9, 0),
            recurrence: Recurrence { frequency: Frequency::Weekly, interval: 1, count: 2 },
            booking_ids: vec![ADAS, BOBS],
            guest: guest("ada"),
            guest_time_zone: Zone::utc(),
        }))
    };
    for host in [team(), ANN] {
        assert_eq!(broken(pair().when(host, &series()).refusal()).0, "recurrence");
    }
    for command in [Command::DisbandTeam, change_members(Vec::new())] {
        pair().when(ANN, &command).then_refused(&Refusal::TeamNotFound);
    }
}

#[test]
fn a_team_that_is_disbanded_offers_nothing_and_keeps_its_bookings() {
    let disbanded = || CalendarEvent::from(TeamDisbanded { disbanded_at: the_day_before() });
    pair().when(team(), &Command::DisbandTeam).then([
        (team(), vec![removed(), disbanded()]),
        (ANN, vec![removed(), left()]),
        (BEN, vec![removed(), left()]),
    ]);
    let mut world = pair();
    world.carry_out(team(), &request(ADAS, "ada", at(9, 0)), the_day_before());
    world.carry_out(team(), &Command::DisbandTeam, the_day_before());
    for command in [Command::DisbandTeam, request(BOBS, "bob", at(10, 0)), change_members(Vec::new())] {
        world.when(team(), &command).then_refused(&Refusal::TeamNotFound);
    }
    world.when(ANN, &reschedule(ADAS, at(10, 0))).then_refused(&Refusal::MeetingTypeInactive);
    let off = || vec![cancelled(ADAS, crate::calendar::event::Party::Guest)];
    world.when(ANN, &cancel(ADAS)).then([(ANN, off()), (BEN, off())]);
}
