using System.Buffers.Binary;
using System.Text;

namespace Faultbox.Linux.Shim;

/// <summary>How the launcher treats the outcome of a table entry.</summary>
[Flags]
internal enum EntryFlags : byte
{
    /// <summary>An error is reported and ends the launcher.</summary>
    None = 0,

    /// <summary>An error is passed over.</summary>
    Tolerated = 1,

    /// <summary>The result 0 is an error: the other side of a socket is gone.</summary>
    ZeroFails = 2,

    /// <summary>After a success the following entry is skipped: it was the second choice.</summary>
    SkipsNext = 4,

    /// <summary>A tolerated error is kept for the report that no candidate executes, unless it is <c>ENOENT</c>.</summary>
    Remembered = 8,
}

/// <summary>
/// Writes the launcher as a static ELF executable: a small interpreter and a table of system calls. The interpreter performs one table
/// entry after the other; the last one executes the service. Every call is made by one instruction, whose address the filter exempts.
/// </summary>
/// <remarks>
/// A table entry has 64 bytes. 0: call number, or −1 take the address of the environment, −2 report that no candidate executes and
/// exit with 127, −3 fork (the child goes on, the parent continues at the address in the first argument, the child's number is the
/// result), −4 reap children until the one in the first argument has ended (its wait status is the result) or none is left.
/// 4: <see cref="EntryFlags"/>. 5: <see cref="LaunchStep"/>. 6: descriptor for the report <c>{step u32, errno u32}</c> of an error, after
/// which the launcher exits with 126. 8: six arguments. 56: address that receives the result, or 0.
/// </remarks>
internal sealed class LauncherImage
{
    /// <summary>
    /// Load address of the code. Nothing else is mapped there: below the program and library areas of 39-bit and 47-bit address spaces.
    /// </summary>
    public const ulong Base = 0x3F_B00B_0000;

    /// <summary>Distance of the writable segment, a multiple of every page size.</summary>
    private const int SegmentDistance = 0x10000;

    private const int SegmentCount = 3;
    private const int HeaderSize = 64 + (SegmentCount * 56);
    private const int EntrySize = 64;

    // Room for a fixed number of entries, so that addresses of data are known before the table is complete.
    private const int MaximumEntries = 192;

    private readonly List<Entry> _entries = [];
    private readonly MemoryStream _data = new();
    private readonly InterpreterCode _code;

    /// <summary>Starts an image for the running architecture.</summary>
    public LauncherImage()
        : this(InterpreterCode.Native)
    {
    }

    /// <summary>Starts an image for a given architecture.</summary>
    public LauncherImage(InterpreterCode code) => _code = code;

    /// <summary>Address after the one instruction that makes system calls.</summary>
    public ulong CallSite => Base + HeaderSize + (ulong)_code.CallSiteOffset;

    /// <summary>Number of entries so far.</summary>
    public int Count => _entries.Count;

    private int TableOffset => HeaderSize + _code.PaddedLength;

    private ulong TableAddress => Base + SegmentDistance + (ulong)TableOffset;

    private ulong DataAddress => TableAddress + (MaximumEntries * EntrySize);

    /// <summary>Adds a call.</summary>
    /// <param name="number">Number of the call.</param>
    /// <param name="step">The step it belongs to.</param>
    /// <param name="arguments">Up to six arguments.</param>
    /// <param name="flags">How its outcome is treated.</param>
    /// <param name="report">Descriptor that learns of an error.</param>
    /// <param name="resultAddress">Where the result goes; 0 for nowhere.</param>
    public void Call(
        int number, LaunchStep step, ReadOnlySpan<ulong> arguments, EntryFlags flags = EntryFlags.None, byte report = 2, ulong resultAddress = 0)
    {
        var entry = new Entry { Number = number, Flags = flags, Step = step, Report = report, Result = resultAddress };
        arguments.CopyTo(entry.Arguments);
        _entries.Add(entry);
    }

    /// <summary>Adds an entry that stores the address of the environment.</summary>
    public void StoreEnvironment(ulong resultAddress) => _entries.Add(new Entry { Number = -1, Result = resultAddress });

    /// <summary>Adds an entry that reports that no candidate executes.</summary>
    public void ReportAbsent(LaunchStep step, byte report) => _entries.Add(new Entry { Number = -2, Step = step, Report = report });

    /// <summary>
    /// Adds an entry that forks. The child goes on with the following entry; the parent goes on with the entry at the address that
    /// <see cref="ContinueParent"/> fills in, and keeps the child's number.
    /// </summary>
    /// <returns>The index of the entry, for <see cref="ContinueParent"/>.</returns>
    public int Fork(LaunchStep step, byte report)
    {
        _entries.Add(new Entry { Number = -3, Step = step, Report = report, Result = DiscardAddress });
        return _entries.Count - 1;
    }

    /// <summary>Lets the parent of a fork go on with the entry that is added next.</summary>
    /// <param name="fork">Index of the fork.</param>
    /// <param name="childAddress">Where the child's number goes.</param>
    public void ContinueParent(int fork, ulong childAddress)
    {
        _entries[fork].Arguments[0] = TableAddress + (ulong)(_entries.Count * EntrySize);
        _entries[fork].Result = childAddress;
    }

    /// <summary>Adds an entry that reaps children until a given one has ended; its wait status is the result.</summary>
    /// <param name="child">Number of the child; 0 to reap until none is left.</param>
    /// <param name="resultAddress">Where the wait status goes; 0 for nowhere.</param>
    public void Reap(ulong child, ulong resultAddress)
    {
        var entry = new Entry { Number = -4, Result = resultAddress };
        entry.Arguments[0] = child;
        _entries.Add(entry);
    }

    /// <summary>Address of an argument of an entry, by the entry's index.</summary>
    public ulong ArgumentAddress(int entry, int argument) =>
        TableAddress + (ulong)((entry * EntrySize) + 8 + (argument * 8));

    /// <summary>Adds data, aligned to 8 bytes, and returns its address.</summary>
    public ulong Data(ReadOnlySpan<byte> bytes)
    {
        while (_data.Length % 8 != 0)
        {
            _data.WriteByte(0);
        }

        var address = DataAddress + (ulong)_data.Length;
        _data.Write(bytes);
        return address;
    }

    /// <summary>A NUL terminated string.</summary>
    public ulong Text(string value) => Data([.. Encoding.UTF8.GetBytes(value), 0]);

    /// <summary>A NULL terminated array of addresses.</summary>
    public ulong Pointers(IReadOnlyList<ulong> addresses)
    {
        var bytes = new byte[(addresses.Count + 1) * 8];
        for (var i = 0; i < addresses.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), addresses[i]);
        }

        return Data(bytes);
    }

    /// <summary>The executable file.</summary>
    public byte[] Build()
    {
        if (_entries.Count > MaximumEntries)
        {
            throw new InvalidOperationException($"the launcher's table holds {MaximumEntries} entries, {_entries.Count} were added");
        }

        var dataOffset = TableOffset + (MaximumEntries * EntrySize);
        var image = new byte[dataOffset + (int)_data.Length];
        WriteHeaders(image);
        _code.Bytes(TableAddress).CopyTo(image, HeaderSize);
        for (var i = 0; i < _entries.Count; i++)
        {
            _entries[i].Write(image.AsSpan(TableOffset + (i * EntrySize), EntrySize));
        }

        _data.GetBuffer().AsSpan(0, (int)_data.Length).CopyTo(image.AsSpan(dataOffset));
        return image;
    }

    // The parent of every fork keeps its child somewhere; until it is told where, in the unused last entry of the table.
    private ulong DiscardAddress => ArgumentAddress(MaximumEntries - 1, 0);

    private void WriteHeaders(Span<byte> image)
    {
        const uint Loadable = 1;
        const uint StackMarker = 0x6474e551;
        const uint Execute = 1;
        const uint Write = 2;
        const uint Read = 4;

        ReadOnlySpan<byte> identity = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0];
        identity.CopyTo(image);
        BinaryPrimitives.WriteUInt16LittleEndian(image[16..], 2); // an executable at fixed addresses
        BinaryPrimitives.WriteUInt16LittleEndian(image[18..], _code.Machine);
        BinaryPrimitives.WriteUInt32LittleEndian(image[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(image[24..], Base + HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(image[32..], 64); // program headers follow
        BinaryPrimitives.WriteUInt16LittleEndian(image[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(image[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(image[56..], SegmentCount);

        // Code and data are apart, because some policies forbid memory that is writable and executable.
        WriteSegment(image[64..], Loadable, Read | Execute, Base, 0, TableOffset);
        WriteSegment(image[120..], Loadable, Read | Write, TableAddress, TableOffset, image.Length - TableOffset);
        WriteSegment(image[176..], StackMarker, Read | Write, 0, 0, 0);
    }

    private static void WriteSegment(Span<byte> header, uint type, uint access, ulong address, int offset, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], access);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], SegmentDistance);
    }

    private sealed class Entry
    {
        public int Number { get; init; }

        public EntryFlags Flags { get; init; }

        public LaunchStep Step { get; init; }

        public byte Report { get; init; }

        public ulong[] Arguments { get; } = new ulong[6];

        public ulong Result { get; set; }

        public void Write(Span<byte> at)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, Number);
            at[4] = (byte)Flags;
            at[5] = (byte)Step;
            at[6] = Report;
            for (var i = 0; i < 6; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(at[(8 + (i * 8))..], Arguments[i]);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(at[56..], Result);
        }
    }
}
