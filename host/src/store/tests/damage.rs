//! Every kind of damage at every kind of place of the store's files: the start
//! succeeds, no value is wrong, and what is lost is told.
use super::{
    repair::{each, filled},
    *,
};

/// How many places of each file are looked at, spread evenly, beside its beginning.
const PLACES: usize = 24;

/// The files of a store with 300 records, the first 200 in a snapshot: name in the data folder, and content.
fn files(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = vec![];
    for folder in ["store", "snapshots"] {
        for name in place.names(folder) {
            let path = Path::new(folder).join(name);
            if let Ok(bytes) = fs::read(place.folder.path().join(&path)) {
                found.push((path, bytes));
            }
        }
    }
    found
}

/// Opens a store of these files and looks at all that is in it.
fn look(files: &[(PathBuf, Vec<u8>)], what: &str) {
    let place = Place::new();
    for folder in ["store", "snapshots", "store/blobs"] {
        fs::create_dir(place.folder.path().join(folder)).unwrap();
    }
    for (path, bytes) in files {
        fs::write(place.folder.path().join(path), bytes).unwrap();
    }
    let (store, told) = place.open();
    let mut read = 0;
    let bad = each(&store, |_, key, record| {
        let n: usize = key.parse().unwrap();
        assert_eq!(record.value, json(&format!("\"{n}-{}\"", "x".repeat(500))).unwrap(), "{what}: a wrong value");
        read += 1;
        Ok(())
    });
    let bad = bad.unwrap();
    assert!(read == 300 || !told.is_empty() || !bad.is_empty(), "{what}: {read} are left and nobody was told");
    assert!(read >= 200 || !bad.is_empty(), "{what}: {read} are left, fewer than in the snapshot: {told:?}");
}

#[tokio::test]
async fn whatever_byte_of_the_store_is_flipped_or_cut_off() {
    let whole = files(&filled(true).await);
    for (at, (path, bytes)) in whole.iter().enumerate() {
        // sled makes its file longer than what it has written.
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let spread = (0..PLACES).map(|n| used * n / PLACES);
        let places: std::collections::BTreeSet<usize> =
            spread.chain([0, 1, 4, 8, 12, 16, 20, used.saturating_sub(1)]).filter(|at| *at < used).collect();
        for place in places {
            let name = path.display();
            let mut files = whole.clone();
            files[at].1[place] ^= 0xFF;
            look(&files, &format!("{name} flipped at {place} of {used}"));
            files[at] = (path.clone(), bytes[..place].to_vec());
            look(&files, &format!("{name} cut to {place} of {used}"));
        }
    }
}
