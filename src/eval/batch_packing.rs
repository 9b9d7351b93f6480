//! Rows packed into physical batches.

/// What a row takes of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) tokens: usize,
    /// Tokens with logits.
    pub(super) outputs: usize,
}

/// What one batch takes.
#[derive(Debug)]
pub(super) struct Most {
    pub(super) tokens: usize,
    pub(super) outputs: usize,
    pub(super) rows: usize,
}

/// One batch on its way.
struct Bin {
    rows: Vec<usize>,
    used: Size,
}

/// Indices of the rows that share a batch: first fit, longest first; each batch in the order of the rows. A row that is
/// larger than a batch stands alone.
pub(super) fn packed(sizes: &[Size], most: &Most) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(sizes[row].tokens));
    let mut bins: Vec<Bin> = Vec::new();
    for row in order {
        let size = sizes[row];
        let fits = |bin: &&mut Bin| {
            bin.used.tokens + size.tokens <= most.tokens
                && bin.used.outputs + size.outputs <= most.outputs
                && bin.rows.len() < most.rows
        };
        match bins.iter_mut().find(fits) {
            Some(bin) => {
                bin.rows.push(row);
                bin.used.tokens += size.tokens;
                bin.used.outputs += size.outputs;
            }
            None => bins.push(Bin { rows: vec![row], used: size }),
        }
    }
    bins.into_iter()
        .map(|mut bin| {
            bin.rows.sort_unstable();
            bin.rows
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_batch_takes_more_than_it_may_and_every_row_is_in_one() {
        let sizes: Vec<Size> = [(7, 1), (3, 1), (12, 1), (4, 5), (5, 1), (1, 1)]
            .map(|(tokens, outputs)| Size { tokens, outputs })
            .to_vec();
        let bins = packed(&sizes, &Most { tokens: 10, outputs: 5, rows: 2 });
        // 12 is larger than a batch; 7 and 3 fill one; 5 outputs leave no room beside row 3.
        assert_eq!(bins, [vec![2], vec![0, 1], vec![4, 5], vec![3]]);
    }
}
