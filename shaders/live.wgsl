// Which rows there are: row t B + b of the table of live steps that is bound as `live`, or all of them. Linked,
// with codes among the params: where the table's codes begin.

const EVERYTHING = 0xffffffffu;

fn is_live(row: u32) -> bool {
  return params.codes == EVERYTHING || live[params.codes + row] == 1u;
}
