//! A dense matrix of securities by sessions.

/// Securities by sessions, one contiguous row a security; NaN is "not there".
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// Filled with one value.
    pub fn filled(rows: usize, columns: usize, value: f64) -> Matrix {
        Matrix { columns, data: vec![value; rows * columns] }
    }
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.data.len().checked_div(self.columns).unwrap_or(0)
    }
    /// How many columns.
    pub fn columns(&self) -> usize {
        self.columns
    }
    /// One security through time.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.columns..(i + 1) * self.columns]
    }
    /// One security through time, to write.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.data[i * self.columns..(i + 1) * self.columns]
    }
    /// One cell.
    pub fn at(&self, i: usize, t: usize) -> f64 {
        self.data[i * self.columns + t]
    }
    /// All rows, one after the other.
    pub fn data(&self) -> &[f64] {
        &self.data
    }
    /// All rows, one after the other, to write.
    pub fn data_mut(&mut self) -> &mut [f64] {
        &mut self.data
    }
}
