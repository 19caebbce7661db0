using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Faultbox.Linux.Shim;

/// <summary>
/// Writes the launcher as a static ELF executable: a small interpreter and a table of system calls. The interpreter performs one table
/// entry after the other and ends by executing the service. Every call is made by one instruction, whose address the filter exempts.
/// </summary>
internal sealed class LauncherImage
{
    /// <summary>Load address. No program, library or runtime maps code there.</summary>
    public const ulong Base = 0x2FB0_0000_0000;

    private const int HeaderSize = 64 + 56;
    private const int EntrySize = 64;

    private readonly List<Entry> _entries = [];
    private readonly MemoryStream _data = new();
    private readonly InterpreterCode _code = InterpreterCode.Native;

    /// <summary>Address after the one instruction that makes system calls.</summary>
    public ulong CallSite => Base + HeaderSize + (ulong)_code.CallSiteOffset;

    /// <summary>Adds a call. Failing entries end the launcher unless they are tolerated.</summary>
    public void Call(int number, LaunchStep step, ReadOnlySpan<ulong> arguments, bool tolerated = false, ulong resultAddress = 0)
    {
        var entry = new Entry { Number = number, Flags = (uint)step << 8 | (tolerated ? 1u : 0u), Result = resultAddress };
        arguments.CopyTo(entry.Arguments);
        _entries.Add(entry);
    }

    /// <summary>Adds an entry that stores the address of the environment.</summary>
    public void StoreEnvironment(ulong resultAddress) => _entries.Add(new Entry { Number = -1, Result = resultAddress });

    /// <summary>Adds an entry that forks: the child goes on, the parent reaps every child and exits as the forked one does.</summary>
    public void Fork() => _entries.Add(new Entry { Number = -3, Flags = (uint)LaunchStep.Isolate << 8 });

    /// <summary>Address of an argument slot of an entry that will be added as number <paramref name="entry"/>.</summary>
    public ulong ArgumentAddress(int entry, int argument) =>
        TableAddress + (ulong)((entry * EntrySize) + 8 + (argument * 8));

    /// <summary>Number of entries so far.</summary>
    public int Count => _entries.Count;

    /// <summary>Reserves data and returns its address. Data lies at a fixed place after the table.</summary>
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
        var image = new byte[DataOffset + (int)_data.Length];
        WriteHeaders(image);
        _code.Bytes(TableAddress).CopyTo(image, HeaderSize);
        for (var i = 0; i < _entries.Count; i++)
        {
            _entries[i].Write(image.AsSpan((int)(TableAddress - Base) + (i * EntrySize), EntrySize));
        }

        _data.ToArray().CopyTo(image, DataOffset);
        return image;
    }

    // The table has room for a fixed number of entries, so that addresses of data are known before the table is complete.
    private const int MaximumEntries = 64;

    private ulong TableAddress => Base + HeaderSize + (ulong)_code.PaddedLength;

    private int DataOffset => HeaderSize + _code.PaddedLength + (MaximumEntries * EntrySize);

    private ulong DataAddress => Base + (ulong)DataOffset;

    private void WriteHeaders(Span<byte> image)
    {
        var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (ushort)183 : (ushort)62;
        ReadOnlySpan<byte> identity = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0];
        identity.CopyTo(image);
        BinaryPrimitives.WriteUInt16LittleEndian(image[16..], 2); // an executable at fixed addresses
        BinaryPrimitives.WriteUInt16LittleEndian(image[18..], machine);
        BinaryPrimitives.WriteUInt32LittleEndian(image[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(image[24..], Base + HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(image[32..], 64); // program headers follow
        BinaryPrimitives.WriteUInt16LittleEndian(image[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(image[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(image[56..], 1);

        var segment = image[64..];
        BinaryPrimitives.WriteUInt32LittleEndian(segment, 1); // loadable
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], 7); // read, write, execute
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)image.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)image.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 0x1000);
    }

    private sealed class Entry
    {
        public int Number { get; init; }

        public uint Flags { get; init; }

        public ulong[] Arguments { get; } = new ulong[6];

        public ulong Result { get; init; }

        public void Write(Span<byte> at)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, Number);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], Flags);
            for (var i = 0; i < 6; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(at[(8 + (i * 8))..], Arguments[i]);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(at[56..], Result);
        }
    }
}

/// <summary>The steps a launcher reports by number when one fails.</summary>
public enum LaunchStep
{
    /// <summary>No step.</summary>
    None = 0,

    /// <summary>Connecting to the supervisor.</summary>
    Connect = 2,

    /// <summary>Entering namespaces.</summary>
    Isolate = 3,

    /// <summary>Giving up new privileges.</summary>
    NoNewPrivileges = 4,

    /// <summary>Installing the filter.</summary>
    InstallFilter = 5,

    /// <summary>Handing over the listener.</summary>
    SendListener = 6,

    /// <summary>Waiting for the supervisor.</summary>
    AwaitGo = 7,

    /// <summary>Executing the program.</summary>
    Execute = 8,
}
