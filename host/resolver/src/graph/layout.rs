//! Places of boxes and ways of lines: columns by level, lines over several columns through gaps of their own, and an order within columns
//! that keeps lines short.
//!
//! Invariant: boxes never overlap, and a line passes through the gaps that were kept for it. Levels of more than [`TALLEST`] boxes take several columns.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const BOX_WIDTH: i32 = 190;
pub(super) const BOX_HEIGHT: i32 = 40;
/// Between boxes of a column.
const GAP: i32 = 14;
/// What a line that passes through a column takes of it.
const LANE: i32 = 12;
const COLUMN_GAP: i32 = 96;
const MARGIN: i32 = 28;
const TOP: i32 = 36;
/// The most boxes in a column.
const TALLEST: usize = 18;
/// How often columns are ordered by their neighbours.
const SWEEPS: usize = 8;

/// A place in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// A drawing's geometry.
#[derive(Debug)]
pub(super) struct Layout {
    /// The upper left corner of each box.
    pub(super) places: Vec<Point>,
    /// The points of each line, from what requires to what is required.
    pub(super) routes: Vec<Vec<Point>>,
    /// Levels, and where their first columns begin.
    pub(super) headings: Vec<(u32, i32)>,
    pub(super) size: (i32, i32),
}

/// What takes room in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Box(usize),
    /// The line of this link.
    Lane(usize),
}

impl Layout {
    /// Lays out boxes with these levels, and links as (who requires, what is required).
    pub(super) fn new(levels: &[u32], links: &[(usize, usize)]) -> Self {
        let (mut columns, headings) = columns(levels);
        let mut column_of = vec![0; levels.len()];
        for (column, items) in columns.iter().enumerate() {
            for item in items {
                if let Item::Box(node) = item
                    && let Some(place) = column_of.get_mut(*node)
                {
                    *place = column;
                }
            }
        }
        let column = |node: usize| column_of.get(node).copied().unwrap_or_default();
        // Neighbours of an item in the columns next to it.
        let mut neighbours: BTreeMap<(usize, Item), Vec<Item>> = BTreeMap::new();
        for (link, (from, to)) in links.iter().enumerate() {
            let (left, right) = if column(*from) < column(*to) {
                (*from, *to)
            } else {
                (*to, *from)
            };
            let mut last = Item::Box(left);
            for at in column(left)..column(right) {
                let next = if at + 1 == column(right) {
                    Item::Box(right)
                } else {
                    Item::Lane(link)
                };
                if let (Item::Lane(_), Some(items)) = (next, columns.get_mut(at + 1)) {
                    items.push(next);
                }
                neighbours.entry((at, last)).or_default().push(next);
                neighbours.entry((at + 1, next)).or_default().push(last);
                last = next;
            }
        }
        for sweep in 0..SWEEPS {
            let count = columns.len();
            for step in 0..count {
                let at = if sweep % 2 == 0 { step } else { count - 1 - step };
                settle(&mut columns, at, &neighbours);
            }
        }
        Self::place(levels.len(), &columns, &headings, links)
    }

    fn place(
        boxes: usize,
        columns: &[Vec<Item>],
        headings: &[(u32, usize)],
        links: &[(usize, usize)],
    ) -> Self {
        let tall = |items: &Vec<Item>| items.iter().map(|item| room(*item)).sum::<i32>();
        let height = columns.iter().map(tall).max().unwrap_or_default();
        let mut places = vec![Point::default(); boxes];
        let mut lanes: BTreeMap<usize, Vec<Point>> = BTreeMap::new();
        let mut x = MARGIN;
        let mut starts = Vec::new();
        for items in columns {
            starts.push(x);
            let mut y = TOP + (height - tall(items)) / 2;
            for item in items {
                match item {
                    Item::Box(node) => {
                        if let Some(place) = places.get_mut(*node) {
                            *place = Point { x, y };
                        }
                    }
                    Item::Lane(link) => {
                        let y = y + LANE / 2;
                        lanes
                            .entry(*link)
                            .or_default()
                            .extend([Point { x, y }, Point { x: x + BOX_WIDTH, y }]);
                    }
                }
                y += room(*item);
            }
            x += BOX_WIDTH + COLUMN_GAP;
        }
        let routes = links.iter().enumerate().map(|(link, (from, to))| {
            let ends = (
                places.get(*from).copied().unwrap_or_default(),
                places.get(*to).copied().unwrap_or_default(),
            );
            route(ends, lanes.get(&link).map_or(&[], Vec::as_slice))
        });
        Self {
            routes: routes.collect(),
            headings: headings
                .iter()
                .filter_map(|(level, column)| Some((*level, *starts.get(*column)?)))
                .collect(),
            size: (
                (x - COLUMN_GAP + MARGIN + 30).max(2 * MARGIN + BOX_WIDTH),
                TOP + height + MARGIN,
            ),
            places,
        }
    }
}

/// From the box that requires to the one that is required; bows out at the right where both are in one column.
fn route((from, to): (Point, Point), lanes: &[Point]) -> Vec<Point> {
    let middle = BOX_HEIGHT / 2;
    let side = |place: Point, right: bool| Point {
        x: place.x + if right { BOX_WIDTH } else { 0 },
        y: place.y + middle,
    };
    let mut points = vec![side(from, from.x <= to.x)];
    match to.x.cmp(&from.x) {
        Ordering::Less => {
            points.extend(lanes.iter().rev());
            points.push(side(to, true));
        }
        Ordering::Greater => {
            points.extend(lanes);
            points.push(side(to, false));
        }
        Ordering::Equal => {
            let (start, end) = (side(from, true), side(to, true));
            points.push(Point {
                x: start.x + 30,
                y: i32::midpoint(start.y, end.y),
            });
            points.push(end);
        }
    }
    points
}

fn room(item: Item) -> i32 {
    match item {
        Item::Box(_) => BOX_HEIGHT + GAP,
        Item::Lane(_) => LANE,
    }
}

/// Boxes by column, and the first column of each level.
fn columns(levels: &[u32]) -> (Vec<Vec<Item>>, Vec<(u32, usize)>) {
    let mut columns: Vec<Vec<Item>> = Vec::new();
    let mut headings = Vec::new();
    for level in levels.iter().copied().collect::<BTreeSet<_>>() {
        let of_level = levels.iter().enumerate().filter(|(_, own)| **own == level);
        let boxes: Vec<Item> = of_level.map(|(node, _)| Item::Box(node)).collect();
        headings.push((level, columns.len()));
        // As many columns as needed, filled evenly.
        let size = boxes.len().div_ceil(boxes.len().div_ceil(TALLEST).max(1)).max(1);
        columns.extend(boxes.chunks(size).map(<[Item]>::to_vec));
    }
    (columns, headings)
}

/// Orders a column by the middle of its items' neighbours.
fn settle(columns: &mut [Vec<Item>], at: usize, neighbours: &BTreeMap<(usize, Item), Vec<Item>>) {
    let mut heights: BTreeMap<Item, i64> = BTreeMap::new();
    for near in [at.checked_sub(1), Some(at + 1)].into_iter().flatten() {
        let mut y = 0;
        for item in columns.get(near).into_iter().flatten() {
            // A lane has the same name in each of its columns; either is near enough.
            heights.insert(*item, y + i64::from(room(*item)) / 2);
            y += i64::from(room(*item));
        }
        let middle = y / 2;
        for item in columns.get(near).into_iter().flatten() {
            if let Some(height) = heights.get_mut(item) {
                *height -= middle;
            }
        }
    }
    let Some(items) = columns.get_mut(at) else {
        return;
    };
    let total: i64 = items.iter().map(|item| i64::from(room(*item))).sum();
    let mut own = 0;
    let mut keyed: Vec<(i64, Item)> = Vec::new();
    for item in items.iter() {
        let near = neighbours
            .get(&(at, *item))
            .into_iter()
            .flatten()
            .filter_map(|near| heights.get(near));
        let (sum, count) = near.fold((0, 0), |(sum, count), height| (sum + height, count + 1));
        let here = own + i64::from(room(*item)) / 2 - total / 2;
        own += i64::from(room(*item));
        // Half a pixel is enough to tell: everything is taken 1024 times.
        keyed.push((
            if count == 0 {
                here * 1024
            } else {
                sum * 1024 / count
            },
            *item,
        ));
    }
    keyed.sort_by_key(|(height, _)| *height);
    *items = keyed.into_iter().map(|(_, item)| item).collect();
}
