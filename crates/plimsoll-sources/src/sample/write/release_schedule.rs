//! The schedule of economic releases as the statistical office puts it out: an iCalendar.

use std::fmt::Write as _;
use std::io;

use super::Files;
use crate::sample::World;
use crate::sample::releases::releases;

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let (first, last) = (world.sessions[0], world.sessions[world.sessions.len() - 1]);
    let mut text = String::from(
        "BEGIN:VCALENDAR\r\nPRODID:-//Department of Labor//Bureau of Labor Statistics//EN\r\nVERSION:2.0\r\nX-WR-CALNAME:Invented releases\r\n",
    );
    for (i, release) in releases(first, last).iter().enumerate() {
        let (year, month, day) = release.day.parts();
        // The schedule of a year was last touched in the autumn before.
        let touched = year - 1;
        // A line as long as some are in such files, folded.
        let (head, tail) = release.title.split_at(9);
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:{i:06}@sample\r\nSEQUENCE:1\r\nDTSTART;TZID=US-Eastern:{year:04}{month:02}{day:02}T083000\r\nDURATION:PT0M\r\nLAST-MODIFIED:{touched:04}1003T140000Z\r\nSUMMARY:{head}\r\n {tail}\r\nLOCATION:Washington\\, DC\r\nEND:VEVENT\r\n"
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    files.text("macro/releases.ics", &text)
}
