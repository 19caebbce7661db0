namespace Inventory;

/// <summary>Where changes are kept across restarts.</summary>
internal interface IChangeLog : IDisposable
{
    /// <summary>Adds one change. Returning means: acknowledge it to the client.</summary>
    /// <exception cref="LogException">The change is not kept; the client must be told.</exception>
    void Append(Change change);

    /// <summary>What a restart would find in the file now.</summary>
    /// <exception cref="LogException">The file cannot be read.</exception>
    IReadOnlyList<Change> ReadBack();
}
