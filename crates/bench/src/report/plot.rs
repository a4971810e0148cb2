//! A measurement as a drawing.

use std::ops::Range;
use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::table::figure;
use super::{Panel, Report};

const WIDTH: u32 = 720;
const HEIGHT: u32 = 360;
const COLORS: [RGBColor; 6] = [
    RGBColor(31, 111, 79),
    RGBColor(190, 80, 40),
    RGBColor(40, 80, 170),
    RGBColor(120, 60, 140),
    RGBColor(150, 120, 20),
    RGBColor(90, 90, 90),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws every panel of a measurement, one under the other.
pub(super) fn draw(report: &Report, file: &Path) -> Result<()> {
    let panels: Vec<&Panel> = report.panels.iter().filter(|panel| bounds(panel).is_some()).collect();
    let height = HEIGHT * u32::try_from(panels.len().max(1))?;
    let root = SVGBackend::new(file, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    for (panel, area) in panels.iter().zip(root.split_evenly((panels.len().max(1), 1))) {
        let Some((x, y)) = bounds(panel) else { continue };
        let title = format!("{}: {}", report.name, panel.title);
        if panel.logarithmic {
            draw_panel(
                &area,
                panel,
                &title,
                (x.start.max(1.0)..x.end).log_scale(),
                (y.start..y.end * 1.3).log_scale(),
            )?;
        } else {
            draw_panel(&area, panel, &title, x, 0.0..y.end * 1.1)?;
        }
    }
    root.present().map_err(failed)
}

fn draw_panel<X, Y>(area: &Area<'_>, panel: &Panel, title: &str, x: X, y: Y) -> Result<()>
where
    X: AsRangedCoord<Value = f64, CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>>,
    Y: AsRangedCoord<Value = f64, CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>>,
{
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(x, y)
        .map_err(failed)?;
    let label = |value: &f64| figure(*value);
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(panel.x).y_desc(panel.y).x_label_formatter(&label).y_label_formatter(&label);
    mesh.light_line_style(WHITE).draw().map_err(failed)?;
    for ((name, points), color) in panel.curves.iter().zip(COLORS.iter().cycle()) {
        let color = *color;
        chart
            .draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))
            .map_err(failed)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperLeft).background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3));
    labels.draw().map_err(failed)
}

/// Where a panel's points lie; none if it has fewer than two.
fn bounds(panel: &Panel) -> Option<(Range<f64>, Range<f64>)> {
    let points = || panel.curves.iter().flat_map(|(_, points)| points);
    let range = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let low = points().map(of).fold(f64::INFINITY, f64::min);
        let high = points().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low < high).then_some(low..high)
    };
    let (x, y) = (range(&|(x, _)| *x)?, range(&|(_, y)| *y));
    // A level line has room above and below.
    let level = points().next()?.1.max(f64::MIN_POSITIVE);
    Some((x, y.unwrap_or(level * 0.5..level * 2.0)))
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the plot cannot be drawn: {error}")
}
