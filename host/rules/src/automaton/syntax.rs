//! The part of `regex-lite`'s syntax that is made into tables. It is given patterns that `regex-lite` takes, and refuses
//! (`None`) whatever it does not surely read in the same way.

/// Groups within groups; `regex-lite` refuses more.
const MAX_DEPTH: usize = 40;
/// A repetition of more is left to `regex-lite`.
const MAX_COUNT: u32 = 1_000;

/// A pattern's tree.
#[derive(Debug)]
pub(super) enum Node {
    Start,
    End,
    Set(Set),
    Concat(Vec<Node>),
    Either(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
}

/// A set of characters: ranges with both ends included, sorted, none touching another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set(Vec<(char, char)>);

const DIGIT: &[(char, char)] = &[('0', '9')];
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

impl Set {
    fn of(mut ranges: Vec<(char, char)>) -> Set {
        ranges.sort_unstable();
        let mut merged: Vec<(char, char)> = Vec::new();
        for (start, end) in ranges {
            match merged.last_mut() {
                Some((_, last)) if after(*last).is_none_or(|next| start <= next) => *last = end.max(*last),
                _ => merged.push((start, end)),
            }
        }
        Set(merged)
    }

    fn negated(&self) -> Set {
        let mut ranges = Vec::new();
        let mut from = Some('\0');
        for (start, end) in &self.0 {
            if let (Some(from), Some(last)) = (from, before(*start))
                && from <= last
            {
                ranges.push((from, last));
            }
            from = after(*end);
        }
        ranges.extend(from.map(|from| (from, char::MAX)));
        Set(ranges)
    }

    /// With both cases of ASCII's letters. `regex-lite` folds of a range that has letters of both cases only the small
    /// ones; such a set is left to it.
    fn folded(&self) -> Option<Set> {
        const CASES: [(char, char, i32); 2] = [('a', 'z', -32), ('A', 'Z', 32)];
        let mut ranges = self.0.clone();
        for (start, end) in &self.0 {
            let letters = CASES.map(|(low, high, shift)| ((*start).max(low), (*end).min(high), shift));
            if letters.iter().all(|(from, to, _)| from <= to) {
                return None;
            }
            for (from, to, shift) in letters {
                if from <= to {
                    ranges.push((shifted(from, shift)?, shifted(to, shift)?));
                }
            }
        }
        Some(Set::of(ranges))
    }

    pub(super) fn has(&self, character: char) -> bool {
        self.0
            .iter()
            .any(|(start, end)| (*start..=*end).contains(&character))
    }

    /// Where something begins: the set's ranges, and what follows each of them.
    pub(super) fn starts(&self) -> impl Iterator<Item = char> + '_ {
        self.0
            .iter()
            .flat_map(|(start, end)| [Some(*start), after(*end)])
            .flatten()
    }
}

fn shifted(letter: char, shift: i32) -> Option<char> {
    char::from_u32((letter as u32).checked_add_signed(shift)?)
}

/// The next character; there are none between U+D7FF and U+E000.
fn after(character: char) -> Option<char> {
    match character {
        '\u{D7FF}' => Some('\u{E000}'),
        char::MAX => None,
        other => char::from_u32(other as u32 + 1),
    }
}

fn before(character: char) -> Option<char> {
    match character {
        '\u{E000}' => Some('\u{D7FF}'),
        other => char::from_u32((other as u32).checked_sub(1)?),
    }
}

/// The tree of a pattern, if all of it is understood.
pub(super) fn parse(pattern: &str) -> Option<Node> {
    let (fold, rest) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let mut reader = Reader { rest, fold };
    let node = reader.either(0)?;
    reader.rest.is_empty().then_some(node)
}

struct Reader<'p> {
    rest: &'p str,
    fold: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next()?;
        self.rest = characters.as_str();
        Some(next)
    }

    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn either(&mut self, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut parts = vec![self.concat(depth)?];
        while self.take("|") {
            parts.push(self.concat(depth)?);
        }
        Some(Node::Either(parts))
    }

    fn concat(&mut self, depth: usize) -> Option<Node> {
        let mut parts: Vec<Node> = Vec::new();
        while let Some(character) = self.peek().filter(|character| !matches!(character, '|' | ')')) {
            let part = match character {
                '(' => self.group(depth)?,
                '[' => Node::Set(self.class()?),
                '?' | '*' | '+' | '{' => {
                    let node = Box::new(parts.pop()?);
                    let (min, max) = self.count()?;
                    // Greed decides which match is found first, not whether there is one.
                    self.take("?");
                    Node::Repeat { node, min, max }
                }
                _ => self.primitive()?,
            };
            parts.push(part);
        }
        Some(Node::Concat(parts))
    }

    fn group(&mut self, depth: usize) -> Option<Node> {
        self.take("(");
        if !self.take("?:") && self.peek() == Some('?') {
            return None;
        }
        let node = self.either(depth + 1)?;
        self.take(")").then_some(node)
    }

    fn count(&mut self) -> Option<(u32, Option<u32>)> {
        match self.next()? {
            '?' => Some((0, Some(1))),
            '*' => Some((0, None)),
            '+' => Some((1, None)),
            _ => {
                let min = self.number()?;
                let max = if !self.take(",") {
                    Some(min)
                } else if self.peek() == Some('}') {
                    None
                } else {
                    Some(self.number()?)
                };
                let fits = self.take("}") && max.is_none_or(|max| min <= max);
                fits.then_some((min, max))
            }
        }
    }

    fn number(&mut self) -> Option<u32> {
        let end = self.rest.find(|character: char| !character.is_ascii_digit())?;
        let (digits, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        digits.parse().ok().filter(|number| *number <= MAX_COUNT)
    }

    fn primitive(&mut self) -> Option<Node> {
        let set = match self.next()? {
            '^' => return Some(Node::Start),
            '$' => return Some(Node::End),
            '.' => Set::of(vec![('\n', '\n')]).negated(),
            '\\' => match self.peek()? {
                'A' => {
                    self.next();
                    return Some(Node::Start);
                }
                'z' => {
                    self.next();
                    return Some(Node::End);
                }
                _ => self.escape()?,
            },
            character => Set(vec![(character, character)]),
        };
        Some(Node::Set(self.folded(set)?))
    }

    /// The set as the pattern's flag means it.
    fn folded(&self, set: Set) -> Option<Set> {
        if self.fold { set.folded() } else { Some(set) }
    }

    /// What follows a backslash: a class, or one character.
    fn escape(&mut self) -> Option<Set> {
        let class = |ranges: &[(char, char)]| Set(ranges.to_vec());
        let character = match self.next()? {
            'd' => return Some(class(DIGIT)),
            'D' => return Some(class(DIGIT).negated()),
            's' => return Some(class(SPACE)),
            'S' => return Some(class(SPACE).negated()),
            'w' => return Some(class(WORD)),
            'W' => return Some(class(WORD).negated()),
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\x0C',
            'v' => '\x0B',
            // Signs stand for themselves, except those of word boundaries.
            sign if sign.is_ascii_punctuation() && !matches!(sign, '<' | '>') => sign,
            _ => return None,
        };
        Some(Set(vec![(character, character)]))
    }

    /// A class in brackets, without POSIX classes and without the signs of set operations.
    fn class(&mut self) -> Option<Set> {
        self.take("[");
        let is_negated = self.take("^");
        let mut ranges: Vec<(char, char)> = Vec::new();
        while self.take("-") {
            ranges.push(('-', '-'));
        }
        if ranges.is_empty() && self.peek() == Some(']') {
            return None;
        }
        loop {
            match self.peek()? {
                ']' => break,
                '[' | '&' | '~' => return None,
                _ => {}
            }
            let item = self.item()?;
            let mut ahead = self.rest.chars();
            let is_range = ahead.next() == Some('-') && !matches!(ahead.next(), Some(']' | '-') | None);
            if !is_range {
                ranges.extend(item.0);
                continue;
            }
            self.take("-");
            let end = self.item()?;
            match (item.0.as_slice(), end.0.as_slice()) {
                ([(start, same)], [(end, other)]) if start == same && end == other && start <= end => {
                    ranges.push((*start, *end));
                }
                _ => return None,
            }
        }
        self.take("]");
        let set = Set::of(ranges);
        // Cases are folded before the set is turned around.
        let set = self.folded(set)?;
        Some(if is_negated { set.negated() } else { set })
    }

    fn item(&mut self) -> Option<Set> {
        match self.next()? {
            '\\' => self.escape(),
            character => Some(Set(vec![(character, character)])),
        }
    }
}
