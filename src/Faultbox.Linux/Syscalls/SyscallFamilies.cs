namespace Faultbox.Linux.Syscalls;

/// <summary>Keywords that stand for several kernel calls doing the same job.</summary>
public static class SyscallFamilies
{
    private static readonly Dictionary<string, (string[] Base, string[] Also)> Families = new(StringComparer.Ordinal)
    {
        ["write"] = (["write", "writev", "pwrite64"], ["pwritev", "pwritev2"]),
        ["read"] = (["read", "readv", "pread64"], ["preadv", "preadv2"]),
        ["openat"] = (["openat"], ["open", "openat2", "creat"]),
        ["open"] = (["openat", "open"], ["openat2", "creat"]),
        ["fsync"] = (["fsync", "fdatasync"], ["sync_file_range", "syncfs"]),
        ["sendto"] = (["sendto", "sendmsg"], ["sendmmsg"]),
        ["recvfrom"] = (["recvfrom", "recvmsg"], ["recvmmsg"]),
        ["accept"] = (["accept", "accept4"], []),
        ["rename"] = (["rename", "renameat", "renameat2"], []),
        ["unlink"] = (["unlink", "unlinkat", "rmdir"], []),
        ["mkdir"] = (["mkdir", "mkdirat"], []),
        ["stat"] = (["stat", "lstat", "fstat", "newfstatat", "statx"], []),
        ["access"] = (["access", "faccessat", "faccessat2"], []),
    };

    /// <summary>The keywords that stand for several calls; of two that stand for the same, the one to recommend comes first.</summary>
    public static IEnumerable<string> Keywords => Families.Keys;

    /// <summary>Keywords that are listed first when an unknown one is refused.</summary>
    public static IReadOnlyList<string> CommonKeywords { get; } =
    [
        "write", "read", "connect", "openat", "fsync", "sendto", "recvfrom", "writev", "readv", "close", "pwrite64", "pread64", "fdatasync",
        "sendmsg", "recvmsg",
    ];

    /// <summary>Calls of this architecture that a keyword stands for, base members first; one call for a name that is no family.</summary>
    public static IReadOnlyList<string> Expand(string keyword) =>
        Existing(Families.TryGetValue(keyword, out var family) ? family.Base.Concat(family.Also) : [keyword]);

    /// <summary>The members that summaries show.</summary>
    public static IReadOnlyList<string> BaseMembers(string keyword) =>
        Existing(Families.TryGetValue(keyword, out var family) ? family.Base : [keyword]);

    private static string[] Existing(IEnumerable<string> names) =>
        [.. names.Where(n => SyscallTable.TryGetNumber(n, out _)).Select(Canonical).Distinct(StringComparer.Ordinal)];

    private static string Canonical(string name) => SyscallTable.TryGetNumber(name, out var number) ? SyscallTable.NameOf(number) : name;
}
