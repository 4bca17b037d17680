//! A disk whose power can be cut: an ext4 image on a loop device. What the host
//! did not have written through is not in the image's file, but in the kernel's
//! memory: a copy of the file is what would be found after a cut.
//!
//! Two things of a real cut are not in it: a write is whole or not there, and
//! what reached the device stays, so that a drive with a cache of its own that
//! was never told to empty it would do worse.
use crate::host;
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, DirBuilder, File},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Room for the data of one life; mostly a hole in the file.
const SIZE: u64 = 192 << 20;
/// How often a copy is begun again because the image changed meanwhile.
const COPIES: u32 = 50;

/// The disks of a host, which lose their power together.
#[derive(Default)]
pub(crate) struct Disks(Vec<Disk>);

impl Disks {
    /// Makes a data folder on a disk; with `two`, its store is on another. A file
    /// system syncs much beside what it is asked to, and the journal syncs often:
    /// on one disk it would save a store that forgot to sync.
    pub(crate) fn make(folder: &Path, two: bool) -> Result<(Self, PathBuf)> {
        let mut disks = vec![Disk::make(folder, "disk")?];
        let data = disks[0].path().join("factotum-data");
        let private = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        private(&data)?;
        if two {
            let disk = Disk::make(folder, "disk-of-the-store")?;
            let store = disk.path().join("store");
            private(&store)?;
            symlink(&store, data.join("store"))?;
            disks.push(disk);
        }
        for disk in &disks {
            run(Command::new("sync").arg("-f").arg(disk.path()))?;
        }
        Ok((Disks(disks), data))
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// What a power cut would leave, in files. The host must not run meanwhile.
    pub(crate) fn copy(&mut self) -> Result<Vec<PathBuf>> {
        self.0.iter_mut().map(Disk::copy).collect()
    }
    /// Goes on with the copies in place of the disks; the host must have ended.
    pub(crate) fn replace(&mut self, copies: Vec<PathBuf>) -> Result<()> {
        let disks = std::mem::take(&mut self.0).into_iter().zip(copies);
        self.0 = disks.map(|(disk, copy)| disk.replace(copy)).collect::<Result<_>>()?;
        Ok(())
    }
}

/// A mounted image.
struct Disk {
    image: PathBuf,
    mount: Mount,
    cuts: u32,
}

impl Disk {
    /// Makes an image in `folder` and mounts it there, as `name`.
    fn make(folder: &Path, name: &str) -> Result<Self> {
        let image = folder.join(format!("{name}.0.image"));
        File::create(&image)?.set_len(SIZE)?;
        // All of it now: else the kernel would go on writing for minutes.
        let now = "lazy_itable_init=0,lazy_journal_init=0,nodiscard";
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-E", now]).arg(&image))?;
        let mount = Mount::new(&image, &folder.join(name))?;
        Ok(Disk { image, mount, cuts: 0 })
    }
    /// Where it is mounted.
    fn path(&self) -> &Path {
        &self.mount.point
    }
    /// What a power cut would leave, in a file. The host must not run meanwhile.
    fn copy(&mut self) -> Result<PathBuf> {
        self.cuts += 1;
        let copy = self.mount.point.with_extension(format!("{}.image", self.cuts));
        for _ in 0..COPIES {
            copy_file(&self.image, &copy)?;
            // The kernel may have written on its own: then the copy is of no one moment.
            if same(&self.image, &copy)? {
                return Ok(copy);
            }
        }
        bail!("the image changes too fast to be copied")
    }
    /// Goes on with the copy in place of the disk; the host must have ended.
    fn replace(self, copy: PathBuf) -> Result<Self> {
        let Disk { image, mount, cuts } = self;
        let point = mount.point.clone();
        mount.end()?;
        fs::remove_file(image)?;
        let mount = Mount::new(&copy, &point).context("after a power cut")?;
        Ok(Disk { image: copy, mount, cuts })
    }
}

/// A mounted file system; unmounted when dropped. Its loop device goes with it.
struct Mount {
    point: PathBuf,
}

impl Mount {
    fn new(image: &Path, point: &Path) -> Result<Self> {
        fs::create_dir_all(point)?;
        let mounted = run(Command::new("mount").args(["-t", "ext4", "-o", "loop,nodiscard"]).arg(image).arg(point));
        mounted.context("the power cuts need loop devices and the right to mount (in a container: --privileged)")?;
        Ok(Mount { point: point.into() })
    }
    /// Waits for whatever still holds it: a process that was killed takes a moment.
    fn end(self) -> Result<()> {
        let since = host::now();
        loop {
            match run(Command::new("umount").arg(&self.point)) {
                Ok(()) => {
                    std::mem::forget(self);
                    return Ok(());
                }
                Err(error) if host::now() - since > Duration::from_secs(10) => return Err(error),
                Err(_) => host::pause(Duration::from_millis(10)),
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // In the tool's own mount namespace, which would end it anyway.
        run(Command::new("umount").arg("--lazy").arg(&self.point)).ok();
    }
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let ran = command.output().with_context(|| format!("running {program}; tests/run installs it"))?;
    if !ran.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&ran.stderr).trim());
    }
    Ok(())
}

const CHUNK: usize = 1 << 20;

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let (mut chunk, zeros) = (vec![0; CHUNK], vec![0; CHUNK]);
    to.set_len(SIZE)?;
    loop {
        let read = from.read(&mut chunk)?;
        match chunk.get(..read) {
            Some([]) | None => return Ok(()),
            Some(read) if zeros.starts_with(read) => drop(to.seek(SeekFrom::Current(i64::try_from(read.len())?))?),
            Some(read) => to.write_all(read)?,
        }
    }
}

fn same(one: &Path, other: &Path) -> Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut ones, mut others) = (vec![0; CHUNK], vec![0; CHUNK]);
    for _ in 0..SIZE / CHUNK as u64 {
        one.read_exact(&mut ones)?;
        other.read_exact(&mut others)?;
        if ones != others {
            return Ok(false);
        }
    }
    Ok(true)
}
